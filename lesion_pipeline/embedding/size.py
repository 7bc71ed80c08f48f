"""How much disk the embeddings will take, before they are computed."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.embedding.components import possible_components
from lesion_pipeline.embedding.embed import copies, stored_splits
from lesion_pipeline.embedding.piece import stored_dtype
from lesion_pipeline.features.cut import stored_shape
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.features.vector_table import VectorTable
from lesion_pipeline.networks.network import Network

HEADER: Final = 128  # bytes at the beginning of a .npy file


def embeddings_bytes(backbone: Network, images: Mapping[str, int], params: EmbedParams) -> int:
    """Return how many bytes the arrays have that `embed` will write.

    Raises:
        ModelError: the network has no such stage.
        DataError: vectors from elsewhere can't be read.
    """
    return sum(file_bytes(backbone, images, params))


def file_bytes(backbone: Network, images: Mapping[str, int], params: EmbedParams) -> list[int]:
    """Return the bytes of each array that `embed` will write.

    Args:
        backbone: the headless network.
        images: by split, how many.
        params: where the frozen part ends, how many copies.

    Raises:
        ModelError: the network has no such stage.
        DataError: vectors from elsewhere can't be read.
    """
    if params.vectors:
        dims = VectorTable.read(Path(params.vectors)).source.dims
        return [HEADER + 4 * dims * images[split] for split in SPLITS]
    shape = embedded_shape(backbone, images, params)
    if not shape:
        return []
    arrays = [
        HEADER + images[split] * math.prod(shape) * stored_dtype(split, copy).itemsize
        for split, copy in copies(stored_splits(params.cut), params)
    ]
    if params.components:
        features = math.prod(stored_shape(backbone, params))
        arrays.append(HEADER + 4 * features * (2 + math.prod(shape)))
    return arrays


def room_needed(backbone: Network, images: Mapping[str, int], params: EmbedParams) -> int:
    """Return the bytes that are on the disk at most while `embed` runs.

    All pieces, and the largest of the files into which they are joined one by one.

    Raises:
        ModelError: the network has no such stage.
        DataError: vectors from elsewhere can't be read.
    """
    whole = params.model_copy(update={"components": None})
    pieces, files = (file_bytes(backbone, images, each) for each in (whole, params))
    return sum(pieces) + max(files, default=0)


def embedded_shape(
    backbone: Network, images: Mapping[str, int], params: EmbedParams
) -> tuple[int, ...]:
    """Return the shape of what `embed` will write for an image; empty if nothing.

    Raises:
        ModelError: the network has no such stage.
    """
    shape = stored_shape(backbone, params)
    if not shape or params.components is None:
        return shape
    return (possible_components(params.components, images["train"], shape[0]),)

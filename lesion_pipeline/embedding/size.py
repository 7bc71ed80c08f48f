"""How much disk the embeddings will take, before they are computed."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.embedding.embed import AUGMENTED, DTYPES, copies, stored_splits
from lesion_pipeline.features.cut import actual_cut, frozen_maps
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.features.vector_table import VectorTable
from lesion_pipeline.networks.network import Network

HEADER: Final = 128  # bytes at the beginning of a .npy file


def embeddings_bytes(backbone: Network, images: Mapping[str, int], params: EmbedParams) -> int:
    """Return how many bytes the arrays have that `embed` will write.

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
        return sum(HEADER + 4 * dims * images[split] for split in SPLITS)
    shape = stored_shape(backbone, params)
    if not shape:
        return 0
    kinds = [
        (split, np.dtype(AUGMENTED if copy else DTYPES[split]).itemsize)
        for split, copy in copies(stored_splits(params.cut), params)
    ]
    return sum(HEADER + images[split] * math.prod(shape) * bytes_ for split, bytes_ in kinds)


def stored_shape(backbone: Network, params: EmbedParams) -> tuple[int, ...]:
    """Return the shape of what the frozen part gives for an image; empty if nothing is frozen.

    Raises:
        ModelError: the network has no such stage.
    """
    cut = actual_cut(backbone, params.cut)
    if cut == "input":
        return ()
    outputs = frozen_maps(backbone, cut, params.features).outputs
    if cut != "top":
        return tuple(outputs[0].shape[1:])
    return ((1 if params.features == "last" else 2) * sum(each.shape[-1] for each in outputs),)

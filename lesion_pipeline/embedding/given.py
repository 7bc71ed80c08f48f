"""Store vectors that were made elsewhere in place of the frozen part's outputs."""

from pathlib import Path

import numpy as np

from lesion_pipeline.core.files import whole_file
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.features.store import EMBEDDING_MANIFEST, EmbeddingStore
from lesion_pipeline.features.vector_table import VectorTable
from lesion_pipeline.records.index import RecordIndex


def store_vectors(
    table: VectorTable, records: RecordIndex, target: Path, params: EmbedParams
) -> EmbeddingManifest:
    """Write the vectors of all images as `embed` writes its own: float32, without augmented copies.

    Args:
        table: the vectors.
        records: the decoded images, every one of which must have a vector.
        target: an existing folder.
        params: of the stage; what concerns its own vectors is recorded and has no effect.

    Returns:
        The manifest, as written.

    Raises:
        DataError: an image has no vector; names the first of them.
    """
    for split in SPLITS:
        vectors = table.of(records.index(split)["image_id"].tolist())
        with whole_file(EmbeddingStore(target).path(split)) as partial, partial.open("wb") as file:
            np.save(file, vectors)
    manifest = EmbeddingManifest(
        cut="top",
        features="last",
        shape=(table.source.dims,),
        augmentations=0,
        augment=params.augment,
        vectors=table.source,
    )
    manifest.write(target / EMBEDDING_MANIFEST)
    return manifest

"""Compute once what the frozen part of the network makes of each image."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.files import whole_file
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.embedding.augment import augment, draw_plan
from lesion_pipeline.embedding.given import store_vectors
from lesion_pipeline.features.cut import actual_cut
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.features.store import EMBEDDING_MANIFEST, EmbeddingStore
from lesion_pipeline.features.vector_table import VectorTable
from lesion_pipeline.frozen.frozen_part import FrozenPart
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import deterministic, tf

DTYPES: Final = {"train": np.float16, "val": np.float32, "test": np.float32}
AUGMENTED: Final = np.float16


def embed(
    backbone: Network, records: Records, target: Path, params: EmbedParams, workers: int
) -> EmbeddingManifest:
    """Write the embeddings of all images, one file for each split and augmented copy.

    Training images get `augmentations` copies beside the plain one, stored as float16: half the
    size, at a precision far below what dropout adds. The plain ones of val and test are float32:
    what the head computes from them is what the exported network will compute. Maps of test are
    not stored, because no stage reads them.

    Args:
        backbone: the headless network.
        records: the decoded images.
        target: an existing folder. A file that is there already is from an interrupted run with
            the same arguments, and is kept.
        params: where the frozen part ends, how many copies, ranges of the augmentation.
        workers: batches in the network at a time.

    Returns:
        The manifest, as written. With `embed.vectors` they are stored in place of the network's
        own (see `store_vectors`). With the cut at the input, and for a network without trained
        weights, nothing can be computed once: the shape is empty, augmentations are 0, and there
        are no other files.

    Raises:
        ModelError: the network has no such stage, or a value is not finite or too large for its
            type.
        DataError: vectors from elsewhere can't be read, or an image has none.
    """
    if params.vectors:
        return store_vectors(VectorTable.read(Path(params.vectors)), records, target, params)
    deterministic(params.seed)
    cut = actual_cut(backbone, params.cut)
    shape: tuple[int, ...] = ()
    if cut != "input":
        part = FrozenPart(backbone, cut, params.features, workers)
        shape = part.shape
        store = EmbeddingStore(target)
        for split, copy in copies(stored_splits(cut), params):
            file = store.path(split, copy)
            if not file.exists():
                batches = _batches(records, split, copy, params)
                steps = progress(batches, len(batches), file.stem, "batch")
                outputs = part.outputs(batch.numpy() for batch in steps)
                dtype = AUGMENTED if copy else DTYPES[split]
                _fill(file, (len(records.index(split)), *shape), dtype, outputs)
    also_val: dict[str, Any] = {"augmented_val": True} if params.augment_val and shape else {}
    manifest = EmbeddingManifest(
        cut=cut,
        features=params.features,
        shape=shape,
        augmentations=params.augmentations if shape else 0,
        augment=params.augment,
        **also_val,
    )
    manifest.write(target / EMBEDDING_MANIFEST)
    return manifest


def stored_splits(cut: Cut) -> tuple[str, ...]:
    """Return the splits of whose images outputs are stored; no stage reads maps of test."""
    return SPLITS if cut == "top" else SPLITS[:2]


def copies(splits: tuple[str, ...], params: EmbedParams) -> Iterator[tuple[str, int]]:
    """Yield split and number of each copy to be stored; 0 is the plain one."""
    augmented = {"train", "val"} if params.augment_val else {"train"}
    for split in splits:
        for copy in range(1 + params.augmentations * (split in augmented)):
            yield split, copy


def _batches(records: Records, split: str, copy: int, params: EmbedParams) -> Any:
    """Return batches of uint8 images: plain (copy 0), or augmented by the plan of this copy."""
    images = records.images(split)
    if copy == 0:
        return images.batch(params.batch_size).prefetch(2)
    # Of val another number than of train, whose plans were there first.
    seed = [params.seed, copy] if split == "train" else [params.seed, copy, 1]
    plan = draw_plan(len(images), params.augment, seed)
    pairs = tf.data.Dataset.zip(images, tf.data.Dataset.from_tensor_slices(plan))
    return pairs.batch(params.batch_size).map(augment, tf.data.AUTOTUNE, True).prefetch(2)


def _fill(
    file: Path, shape: tuple[int, ...], dtype: Any, outputs: Iterator[NDArray[np.float32]]
) -> None:
    """Write outputs (images, ...) to a file that is there when it is complete."""
    kind = np.dtype(dtype)
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
    with whole_file(file) as partial, partial.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for output in outputs:
            with np.errstate(over="ignore"):  # the next line looks for it
                values = output.astype(kind)
            if not np.isfinite(values).all():
                raise ModelError(f"an output of the network is not finite as {kind}")
            stream.write(values.tobytes())

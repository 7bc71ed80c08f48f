"""Compute once what the frozen part of the network makes of each image."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.embedding.components import fit_components
from lesion_pipeline.embedding.given import store_vectors
from lesion_pipeline.embedding.join import PieceFile, join
from lesion_pipeline.embedding.piece import (
    FrozenSource,
    network_at,
    pieces,
    write_piece,
)
from lesion_pipeline.features.components import ComponentMap
from lesion_pipeline.features.cut import actual_cut, stored_shape
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.features.store import EMBEDDING_MANIFEST, EmbeddingStore
from lesion_pipeline.features.vector_table import VectorTable
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.shards.execution import Execution, make_all
from lesion_pipeline.shards.task import ShardTask


def embed(
    backbone: Path, records: Path, target: Path, params: EmbedParams, execution: Execution
) -> EmbeddingManifest:
    """Write the embeddings of all images, one file for each split and augmented copy.

    Training images get `augmentations` copies beside the plain one, stored as float16: half the
    size, at a precision far below what dropout adds. The plain ones of val and test are float32:
    what the head computes from them is what the exported network will compute. Maps of test are
    not stored, because no stage reads them.

    Args:
        backbone: folder of the headless network.
        records: folder of the decoded images.
        target: a folder of `shard_folder`. What an interrupted run with the same arguments has
            finished there is kept.
        params: where the frozen part ends, how many copies, ranges of the augmentation.
        execution: who computes; no byte depends on it.

    Returns:
        The manifest, as written. With `embed.vectors` they are stored in place of the network's
        own (see `store_vectors`). With the cut at the input, and for a network without trained
        weights, nothing can be computed once: the shape is empty, augmentations are 0, and there
        are no other files.

    Raises:
        ModelError: the network has no such stage, or a value is not finite or too large for its
            type.
        DataError: vectors from elsewhere can't be read, an image has none, or a shard can't be
            written.
        SystemExit: with status 0, a part of the shards was to be made, and is.
    """
    if params.vectors:
        table = VectorTable.read(Path(params.vectors))
        return store_vectors(table, Records(records), target, params)
    source = FrozenSource(backbone.absolute(), records.absolute(), params)
    network = network_at(source.backbone)
    cut, shape = actual_cut(network, params.cut), stored_shape(network, params)
    also: dict[str, Any] = {"augmented_val": True} if params.augment_val and shape else {}
    if shape:
        components = _compute(source, cut, shape, target, execution)
        if components is not None:
            shape = (components.count,)
            also["components"] = components.count
    manifest = EmbeddingManifest(
        cut=cut,
        features=params.features,
        shape=shape,
        augmentations=params.augmentations if shape else 0,
        augment=params.augment,
        **also,
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


def _compute(
    source: FrozenSource, cut: Cut, shape: tuple[int, ...], target: Path, execution: Execution
) -> ComponentMap | None:
    """Compute all copies in pieces, and join the pieces of each, as components if asked.

    Returns:
        The map from features to components; None: the features themselves are stored.
    """
    records, params, store = Records(source.records), source.params, EmbeddingStore(target)
    planned: dict[Path, list[PieceFile]] = {}
    shards = {split: list(records.shards(split)) for split in stored_splits(cut)}
    for split, copy in copies(stored_splits(cut), params):
        file = store.path(split, copy)
        if not file.exists():
            each = pieces(shards[split], split, copy, params.batch_size)
            planned[file] = [
                PieceFile(_part_of(file, number), piece, shape) for number, piece in enumerate(each)
            ]
    tasks = [
        ShardTask(part.file, partial(write_piece, source, part.piece))
        for parts in planned.values()
        for part in parts
    ]
    make_all(tasks, execution, "embed")
    components, asked = None, params.components
    if asked is not None and len(shape) == 1:
        components = _components(store, planned.get(store.path("train"), []), asked, params.seed)
    for file, parts in planned.items():
        join(parts, file, components)
    return components


def _part_of(file: Path, number: int) -> Path:
    return file.absolute().with_name(f"{file.name}.{number:05d}")


def _components(
    store: EmbeddingStore, train: Sequence[PieceFile], asked: int, seed: int
) -> ComponentMap:
    """Return the map from features to components; fit and write it if it isn't there."""
    file = store.components_file
    if not file.exists():  # nothing is joined yet
        images = sum(part.piece.count for part in train)
        fit_components((part.read() for part in train), images, asked, seed).write(file)
    return ComponentMap.read(file)

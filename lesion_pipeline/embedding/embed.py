"""Compute once what the frozen part of the network makes of each image."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.embedding.components import fit_components
from lesion_pipeline.embedding.given import store_vectors
from lesion_pipeline.embedding.join import Finished, join
from lesion_pipeline.embedding.piece import (
    FrozenSource,
    Piece,
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
    planned: dict[Path, list[tuple[Piece, ShardTask]]] = {}
    shards = {split: list(records.shards(split)) for split in stored_splits(cut)}
    for split, copy in copies(stored_splits(cut), params):
        file = store.path(split, copy)
        if not file.exists():
            planned[file] = [
                (piece, _task(source, piece, file, number))
                for number, piece in enumerate(
                    pieces(shards[split], split, copy, params.batch_size)
                )
            ]
    make_all([task for each in planned.values() for _, task in each], execution, "embed")
    components = _components(store, planned, shape, params)
    for file, each in planned.items():
        join([Finished(task.file, piece, shape) for piece, task in each], file, components)
    return components


def _task(source: FrozenSource, piece: Piece, file: Path, number: int) -> ShardTask:
    part = file.absolute().with_name(f"{file.name}.{number:05d}")
    return ShardTask(part, partial(write_piece, source, piece))


def _components(
    store: EmbeddingStore,
    planned: Mapping[Path, Sequence[tuple[Piece, ShardTask]]],
    shape: tuple[int, ...],
    params: EmbedParams,
) -> ComponentMap | None:
    """Return the map from features to components, if asked; fit and write it if it isn't there."""
    if params.components is None or len(shape) != 1:
        return None
    if not store.components_file.exists():  # nothing is joined yet
        train = [Finished(task.file, piece, shape) for piece, task in planned[store.path("train")]]
        images = sum(part.piece.count for part in train)
        fit_components(
            (part.read() for part in train), images, params.components, params.seed
        ).write(store.components_file)
    return ComponentMap.read(store.components_file)

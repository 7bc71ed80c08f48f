"""What the frozen part of the network says of each image, computed once."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import Field

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.files import write_json
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.core.params import Section
from lesion_pipeline.embedding.augment import AugmentParams, augment, draw_plan
from lesion_pipeline.embedding.cut import Cut, actual_cut, frozen_part
from lesion_pipeline.embedding.features import Features
from lesion_pipeline.embedding.store import MANIFEST, Stored
from lesion_pipeline.networks.network import Network
from lesion_pipeline.parallel import in_order
from lesion_pipeline.progress import progress
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf import deterministic, tf

KINDS: Final = {"train": np.float16, "val": np.float32, "test": np.float32}


class EmbedParams(Section):
    """What is stored, and the augmented views of each training image."""

    cut: Cut
    features: Features
    views: int = Field(ge=0)
    batch_size: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**32)
    augment: AugmentParams


def embed(
    backbone: Network, records: Records, target: Path, params: EmbedParams, workers: int
) -> dict[str, Any]:
    """Write what the frozen part gives for all images, a file for each split and view.

    View 0 is the plain image. Training images get `views` more; theirs are float16, half the
    size at a precision far below what dropout adds. val and test are float32: what a head says
    of them is what the exported network will say. Maps of test are not kept, nobody needs them.

    Args:
        backbone: the headless network.
        records: the decoded images.
        target: an existing folder.
        params: where the frozen part ends, how many views, ranges of the augmentation.
        workers: batches in the network at a time; one alone leaves cores idle, because not all of
            its layers use them all.

    Returns:
        The manifest: cut, features, shape (of what is stored of an image), views, augment. With
        the cut at the input, and for a network that isn't trained yet, nothing can be computed
        once: the shape is empty, views are 0, and there are no other files.

    Raises:
        ModelError: the network has no such stage, or a value is not finite or too large for its
            type.
    """
    deterministic(params.seed)
    cut = actual_cut(backbone, params.cut)
    manifest: dict[str, Any] = {"cut": cut, "features": params.features, "shape": [], "views": 0}
    manifest["augment"] = params.augment.model_dump()
    if cut != "input":
        model = frozen_part(backbone, cut, params.features)
        manifest |= {"shape": list(model.output.shape[1:]), "views": params.views}
        kind = tf.TensorSpec(model.input.shape, tf.uint8)
        network = tf.function(partial(model, training=False), input_signature=[kind])
        for split in SPLITS if cut == "top" else SPLITS[:2]:
            for view in range(1 + params.views if split == "train" else 1):
                batches = _batches(records, split, view, params)
                file = Stored(target).path(split, view)
                steps = progress(batches, len(batches), file.stem, "batch")
                shape = (len(records.index(split)), *model.output.shape[1:])
                _fill(file, shape, KINDS[split], in_order(network, steps, workers))
    write_json(target / MANIFEST, manifest)
    return manifest


def _fill(file: Path, shape: tuple[int, ...], kind: Any, batches: Iterator[Any]) -> None:
    rows = np.lib.format.open_memmap(file, "w+", kind, shape)
    start = 0
    for batch in batches:
        with np.errstate(over="ignore"):  # it is looked for in the next line
            values = batch.numpy().astype(kind)
        if not np.isfinite(values).all():
            raise ModelError(f"what the network gives is not finite as {rows.dtype}")
        rows[start : start + len(values)] = values
        start += len(values)


def _batches(records: Records, split: str, view: int, params: EmbedParams) -> Any:
    """Give batches of uint8 images: plain, or augmented by this view's plan."""
    images = records.images(split)
    if view == 0:
        return images.batch(params.batch_size).prefetch(2)
    plan = draw_plan(len(images), params.augment, [params.seed, view])
    pairs = tf.data.Dataset.zip(images, tf.data.Dataset.from_tensor_slices(plan))
    return pairs.batch(params.batch_size).map(augment, tf.data.AUTOTUNE, True).prefetch(2)

"""What the frozen network says of each image, computed once."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import Field

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.errors import ModelError
from lesion_pipeline.files import write_json
from lesion_pipeline.labels import SPLITS
from lesion_pipeline.model.augment import AugmentParams, augment, draw_plan
from lesion_pipeline.model.embeddings import MANIFEST, Embeddings
from lesion_pipeline.model.features import Features, feature_tensor
from lesion_pipeline.model.network import Network
from lesion_pipeline.parallel import in_order
from lesion_pipeline.params import Section
from lesion_pipeline.progress import progress
from lesion_pipeline.tf import deterministic, keras, tf

KINDS: Final = {"train": np.float16, "val": np.float32, "test": np.float32}


class EmbedParams(Section):
    """Features and the augmented views of each training image."""

    features: Features
    views: int = Field(ge=0)
    batch_size: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**32)
    augment: AugmentParams


def embed(
    backbone: Network, records: Records, target: Path, params: EmbedParams, workers: int
) -> dict[str, Any]:
    """Write the features of all images into `target`, a file for each split and view.

    View 0 is the plain image. Training images get `views` more; theirs are float16, half the
    size at a precision far below what dropout adds. val and test are float32: what a head says
    of them is what the exported network will say.

    Args:
        backbone: the headless network.
        records: the decoded images.
        target: an existing folder.
        params: which features, how many views, ranges of the augmentation.
        workers: batches in the network at a time; one alone leaves cores idle, because not all of
            its layers use them all.

    Returns:
        The manifest: features, dims, views, augment. A backbone that is not frozen has nothing
        that could be computed once: dims and views are 0, and there are no other files.

    Raises:
        ModelError: a feature is not finite, or too large for its type.
    """
    deterministic(params.seed)
    augmentation = params.augment.model_dump()
    manifest = {"features": params.features, "dims": 0, "views": 0, "augment": augmentation}
    if backbone.manifest["frozen"]:
        features = feature_tensor(backbone.model, backbone.manifest["stages"], params.features)
        manifest |= {"dims": features.shape[-1], "views": params.views}
        model = keras.Model(backbone.model.input, features)
        kind = tf.TensorSpec(model.input.shape, tf.uint8)
        network = tf.function(partial(model, training=False), input_signature=[kind])
        for split in SPLITS:
            for view in range(1 + params.views if split == "train" else 1):
                batches = _batches(records, split, view, params)
                file = Embeddings(target).path(split, view)
                steps = progress(batches, len(batches), file.stem, "batch")
                shape = (len(records.index(split)), features.shape[-1])
                _fill(file, shape, KINDS[split], in_order(network, steps, workers))
    write_json(target / MANIFEST, manifest)
    return manifest


def _fill(file: Path, shape: tuple[int, int], kind: Any, batches: Iterator[Any]) -> None:
    rows = np.lib.format.open_memmap(file, "w+", kind, shape)
    start = 0
    for batch in batches:
        with np.errstate(over="ignore"):  # it is looked for in the next line
            values = batch.numpy().astype(kind)
        if not np.isfinite(values).all():
            raise ModelError(f"the network's features are not finite as {rows.dtype}")
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

"""Train what follows the cut, then, if asked, the last layers of the network on images."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from lesion_pipeline.core.labels import CLASSES
from lesion_pipeline.embedding.cut import features_after, trained_part
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.inference.tta import Views, average_views
from lesion_pipeline.networks.network import Network
from lesion_pipeline.parallel import cores
from lesion_pipeline.progress import progress
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf import deterministic, keras, tf
from lesion_pipeline.training.batches import Batches, ImageBatches, StoredBatches
from lesion_pipeline.training.best import Best, score
from lesion_pipeline.training.checkpoint import Checkpoint, fingerprint
from lesion_pipeline.training.head import HeadParams, build_head, shift_logits
from lesion_pipeline.training.objective import (
    Target,
    class_weights,
    classes,
    log_odds_shift,
    outputs,
    unweigh,
)
from lesion_pipeline.training.phases import Recipe, make_loss, make_optimizer
from lesion_pipeline.training.trainer import Fit, Means, outputs_of


class FineTuneParams(Recipe):
    """The second phase: the last layers of the network, on images."""

    layers: int = Field(ge=1)


class TrainParams(Recipe):
    """How the network learns; epochs, batch size and rate are those of what follows the cut."""

    epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    warmup_epochs: float = Field(ge=0)
    weight_decay: float = Field(ge=0)
    class_weight_power: float = Field(ge=0)
    label_smoothing: float = Field(ge=0, lt=1)
    averaging: float = Field(ge=0, lt=1)
    batch_parts: int = Field(ge=1)
    head: HeadParams
    fine_tune: FineTuneParams
    seed: int = Field(ge=0, lt=2**32)


@dataclass(frozen=True)
class Plan:
    """What is trained, on what, and how.

    Attributes:
        backbone: the headless network.
        embeddings: what its frozen part gave.
        records: the images.
        target: what the network is asked.
        params: how it learns.
        views: of an image that the trained network averages; training itself sees one.
    """

    backbone: Network
    embeddings: Embeddings
    records: Records
    target: Target
    params: TrainParams
    views: Views = 1

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """Give the class of each training image."""
        return classes(self.records.index("train")["dx"], self.target, self.records.malignant)

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """Give the weight of each class."""
        return class_weights(self.classes, self.target, self.params.class_weight_power)

    def fingerprint(self) -> str:
        """Name this training by all that it depends on."""
        settings = [self.params, self.target, repr(self.backbone.manifest)]
        return fingerprint(settings, (self.embeddings.folder, self.records.folder))


@dataclass(frozen=True)
class Phase:
    """A stretch of training with one recipe.

    Attributes:
        name: head, after_cut, whole or fine_tune.
        part: the Keras model that is trained; it shares its layers with the whole one.
        batches: what it reads.
        recipe: how.
        long: whether an epoch takes long enough to show its progress and to keep its state.
    """

    name: str
    part: Any
    batches: Batches
    recipe: Recipe
    long: bool


def train(plan: Plan, logs: Path, checkpoint: Checkpoint) -> tuple[Network, pd.DataFrame]:
    """Train, and keep the state with the best PR-AUC on val over all phases.

    Classes weigh more the rarer they are, which shifts the probabilities that the network learns;
    the shift is taken out of the last biases at the end, so that the probabilities are those of
    the collection as it is.

    Args:
        plan: what, on what, and how.
        logs: folder for TensorBoard; nothing reads it.
        checkpoint: what an interrupted training left, and where this one leaves its state.

    Returns:
        The whole network, from uint8 images to probabilities, with what came of it in its
        manifest; and the history, a row an epoch.

    Raises:
        ModelError: training diverged.
    """
    deterministic(plan.params.seed)
    model, head = assemble(plan)
    best, trainable = Best(model), {}
    left = checkpoint.load()
    if left is None:
        shutil.rmtree(logs, ignore_errors=True)  # TensorBoard would draw several runs as one
    else:
        best.restore(left.facts, left.groups["best"])
        print(f"going on after epoch {len(best.history)}, where training was interrupted")
    for number, phase in enumerate(_phases(plan, model)):
        trainable[phase.name] = count_trainable(phase.part)
        if left is None or number >= left.facts["phase"]:
            deterministic(plan.params.seed + number)
            model.set_weights(best.weights)
            _fit(plan, number, phase, best, checkpoint, logs / phase.name)
    model.set_weights(best.weights)
    shift_logits(head, -log_odds_shift(plan.weights))
    names = CLASSES if plan.target == "binary" else outputs(plan.target)
    facts = {
        "target": plan.target,
        "outputs": list(outputs(plan.target)),
        "malignant": list(plan.records.malignant),
        "views": plan.views,
        "cut": plan.embeddings.cut,
        "features": plan.embeddings.features,
        "total_parameters": model.count_params(),
        "trainable_parameters": trainable,
        "class_weights": dict(zip(names, plan.weights.tolist(), strict=True)),
        "best": best.facts,
        "epochs": len(best.history),
    }
    whole = average_views(model, plan.views)
    return Network(whole, plan.backbone.manifest | facts), pd.DataFrame(best.history)


def assemble(plan: Plan) -> tuple[Any, Any]:
    """Put a new head on the backbone; gives the whole model and the head inside it."""
    backbone, embeddings = plan.backbone, plan.embeddings
    features = features_after(backbone, embeddings.cut, embeddings.features)
    head = build_head(features.shape[-1], plan.params.head, plan.target)
    arch = backbone.manifest["arch"]
    return keras.Model(backbone.model.input, head(features), name=arch), head


def count_trainable(model: Any) -> int:
    """Count the parameters that training may change."""
    return int(sum(np.prod(weight.shape) for weight in model.trainable_weights))


def _phases(plan: Plan, model: Any) -> Iterator[Phase]:
    """Give the phases one by one, each made ready when its turn comes."""
    params, cut, tune = plan.params, plan.embeddings.cut, plan.params.fine_tune
    part = trained_part(model, plan.backbone, cut)
    if cut == "input":
        yield Phase("whole", part, _images(plan, params), params, long=True)
    else:
        batches = StoredBatches(
            plan.embeddings, plan.classes, plan.target, plan.weights, params.batch_size, params.seed
        )
        top = cut == "top"
        yield Phase("head" if top else "after_cut", part, batches, params, long=not top)
    if tune.epochs:
        for layer in plan.backbone.model.layers[: -tune.layers]:
            layer.trainable = False
        yield Phase("fine_tune", model, _images(plan, tune), tune, long=True)


def _images(plan: Plan, recipe: Recipe) -> ImageBatches:
    return ImageBatches(
        plan.records,
        plan.embeddings.augmentation,
        plan.target,
        plan.weights,
        recipe.batch_size,
        plan.params.seed,
    )


def _fit(
    plan: Plan, number: int, phase: Phase, best: Best, checkpoint: Checkpoint, logs: Path
) -> None:
    params, recipe, labels = plan.params, phase.recipe, plan.records.labels("val")
    optimizer = make_optimizer(
        recipe, phase.batches.steps, params.weight_decay, params.warmup_epochs
    )
    loss = make_loss(plan.target, params.label_smoothing)
    means = Means(optimizer, loss, params.averaging, params.batch_parts)
    fit = Fit(phase.part, phase.batches, means)
    first, left = 0, checkpoint.load()
    if left and left.facts["phase"] == number and "fit" in left.groups:
        fit.restore(left.groups["fit"])
        first = left.facts["epoch"]
    writer = tf.summary.create_file_writer(str(logs))
    for epoch in range(first, recipe.epochs):
        if best.waited(phase.name) >= params.patience:
            break
        name = f"{phase.name} {epoch + 1}/{recipe.epochs}"
        show = partial(progress, total=phase.batches.steps, what=name, unit="batch")
        figures = {"loss": fit.epoch(epoch, show if phase.long else iter)}
        said = outputs_of(phase.part, phase.batches.val(), cores())
        figures |= score(phase.name, labels, unweigh(said, plan.weights), plan.records.malignant)
        best.see(phase.name, figures | {"learning_rate": fit.rate()})
        print(f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in figures.items()))
        with writer.as_default(step=len(best.history)):
            for key, value in figures.items():
                tf.summary.scalar(key, value)
        if phase.long:
            checkpoint.save(
                {"phase": number, "epoch": epoch + 1, **best.facts_kept()},
                {"best": best.weights, "fit": fit.state()},
            )
    checkpoint.save({"phase": number + 1, "epoch": 0, **best.facts_kept()}, {"best": best.weights})

"""The phases of a training: what each trains, on which batches, with which settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from lesion_pipeline.features.cut import trained_part
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.batches import Batches, ImageBatches, StoredBatches
from lesion_pipeline.training.draws import Draws
from lesion_pipeline.training.params import PhaseParams
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.trainer import Trainer, TrainingConfig

LOWEST_RATE: Final = 0.01  # at the end of a phase, of its highest rate


@dataclass(frozen=True)
class Phase:
    """A part of training with its own settings.

    Attributes:
        name: head, after_cut, whole or fine_tune.
        part: the Keras model that is trained; it shares its layers with the whole one.
        batches: what it reads.
        params: its settings.
        long: whether an epoch takes long enough to show its progress and to save the state after
            each; otherwise that is done every few seconds.
    """

    name: str
    part: Any
    batches: Batches
    params: PhaseParams
    long: bool

    def trainer(self, loss: Any) -> Trainer:
        """Return what trains `part` to a lower `loss`."""
        optimizer = make_optimizer(self.params, self.batches.steps)
        config = TrainingConfig(optimizer, loss, self.params.averaging, self.params.batch_parts)
        return Trainer(self.part, self.batches, config)


def phases(plan: Plan, model: Any) -> Iterator[Phase]:
    """Yield the phases, each prepared when its turn comes.

    Args:
        plan: data and parameters.
        model: the whole network; its last layers alone are trainable once fine-tuning begins.
    """
    cut = plan.embeddings.manifest.cut
    part, params = trained_part(model, plan.backbone, cut), plan.params.first_phase()
    if cut == "input":
        yield Phase("whole", part, _images(plan, params), params, long=True)
    else:
        name = "head" if cut == "top" else "after_cut"
        yield Phase(name, part, _stored(plan, params), params, long=cut != "top")
    if plan.params.fine_tune.epochs:
        for layer in plan.backbone.model.layers[: -plan.params.fine_tune.layers]:
            layer.trainable = False
        params = plan.params.second_phase()
        yield Phase("fine_tune", model, _images(plan, params), params, long=True)


def _stored(plan: Plan, params: PhaseParams) -> StoredBatches:
    return StoredBatches(plan.embeddings, plan.division, _draws(plan, params))


def _images(plan: Plan, params: PhaseParams) -> ImageBatches:
    augmentation = plan.embeddings.manifest.augment
    return ImageBatches(plan.records, augmentation, plan.division, _draws(plan, params))


def _draws(plan: Plan, params: PhaseParams) -> Draws:
    return Draws(plan.labels, params.batch_size, plan.params.seed, plan.params.balance)


def make_optimizer(params: PhaseParams, steps: int) -> Any:
    """Return AdamW with a rate that rises linearly and falls by a cosine over the whole phase.

    Kernels decay (Loshchilov and Hutter 2019, arXiv:1711.05101); biases and the scales of batch
    normalisation don't.

    Args:
        params: epochs, highest rate, weight decay, and how long the rate rises.
        steps: batches per epoch.
    """
    total = params.epochs * steps
    rising = min(round(params.warmup_epochs * steps), total - 1)
    rate = keras.optimizers.schedules.CosineDecay(
        params.learning_rate / max(rising, 1),
        total - rising,
        alpha=LOWEST_RATE,
        warmup_target=params.learning_rate if rising else None,
        warmup_steps=rising,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=params.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer

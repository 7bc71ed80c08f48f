"""How a phase of training goes: its length, its rate over time, and what it minimises."""

from typing import Any

from pydantic import Field

from lesion_pipeline.core.params import Section
from lesion_pipeline.tf import keras
from lesion_pipeline.training.objective import Target

LOWEST_RATE = 0.01  # at the end of a phase, of its highest rate


class Recipe(Section):
    """How long, in what steps and how fast."""

    epochs: int = Field(ge=0)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)


def make_optimizer(recipe: Recipe, steps: int, weight_decay: float, warmup_epochs: float) -> Any:
    """Give AdamW with a rate that rises linearly and falls by a cosine over the whole phase.

    Kernels decay; biases and the scales of batch normalisation don't.

    Args:
        recipe: epochs and highest rate.
        steps: batches an epoch.
        weight_decay: of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
        warmup_epochs: how long the rate rises.
    """
    total = recipe.epochs * steps
    rising = min(round(warmup_epochs * steps), total - 1)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / max(rising, 1),
        total - rising,
        alpha=LOWEST_RATE,
        warmup_target=recipe.learning_rate if rising else None,
        warmup_steps=rising,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def make_loss(target: Target, label_smoothing: float) -> Any:
    """Give the cross-entropy (batch,) of each image, from probabilities.

    Smoothing mixes the truth with equal chances for all classes.
    """
    kind = keras.losses.BinaryCrossentropy
    if target == "diagnosis":
        kind = keras.losses.CategoricalCrossentropy
    return kind(label_smoothing=label_smoothing, reduction=None)

"""Rates and weight decay of a phase, against the formulas."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.params import HeadParams, PhaseParams
from lesion_pipeline.training.phases import make_optimizer

HIGHEST, LOWEST = 0.2, 0.002
PARAMS = PhaseParams(
    epochs=5, batch_size=8, learning_rate=HIGHEST, warmup_epochs=0, weight_decay=0.5,
    averaging=0, batch_parts=1, patience=7,
)  # fmt: skip
STEPS = 10  # an epoch


def rates(warmup_epochs: float, epochs: int = 5, steps: int = STEPS) -> NDArray[np.float64]:
    """The rate of each step of a phase, and of one more."""
    params = PARAMS.model_copy(update={"warmup_epochs": warmup_epochs, "epochs": epochs})
    optimizer = make_optimizer(params, steps)
    found = []
    for step in range(epochs * steps + 1):
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    return np.array(found)


def cosine(steps: int) -> NDArray[np.float64]:
    turn = np.cos(np.pi * np.arange(steps + 1) / steps)
    return LOWEST + (HIGHEST - LOWEST) * (1 + turn) / 2


@pytest.mark.parametrize(("warmup_epochs", "rising"), [(2, 20), (0.5, 5), (0.04, 0), (0, 0)])
def test_the_rate_rises_linearly_and_falls_by_a_cosine(warmup_epochs: float, rising: int) -> None:
    found = rates(warmup_epochs)
    first = HIGHEST / max(rising, 1)
    np.testing.assert_allclose(
        found[: rising + 1], np.linspace(first, HIGHEST, rising + 1), rtol=1e-5
    )
    np.testing.assert_allclose(found[rising:], cosine(50 - rising), rtol=1e-4)
    assert found[-1] == pytest.approx(LOWEST, rel=1e-4)


def test_a_warm_up_longer_than_the_phase_only_rises() -> None:
    found = rates(99)[:-1]
    assert (np.diff(found) > 0).all() and found[-1] == pytest.approx(HIGHEST)


def test_a_phase_of_one_step_has_the_highest_rate() -> None:
    assert rates(1, epochs=1, steps=1)[0] == pytest.approx(HIGHEST)


def test_kernels_decay_and_nothing_else_does() -> None:
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3)(image)
    x = keras.layers.DepthwiseConv2D(3)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    params = HeadParams(units=(5,), dropout=(0.0, 0.0), batch_norm_momentum=0.9)
    model = keras.Model(image, build_head(4, params, "diagnosis")(x))
    for weight in model.weights:
        weight.assign(tf.ones(weight.shape))
    optimizer = make_optimizer(PARAMS, STEPS)
    optimizer.build(model.trainable_variables)
    optimizer.apply([tf.zeros(w.shape) for w in model.trainable_variables])
    decayed = 0
    for weight in model.trainable_variables:
        kernel = weight.path.endswith("kernel")
        decayed += kernel
        np.testing.assert_allclose(weight.numpy(), 1 - HIGHEST * 0.5 if kernel else 1, rtol=1e-6)
    assert (decayed, len(model.trainable_variables)) == (4, 12)

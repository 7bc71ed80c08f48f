"""Which images an epoch takes, and with which weights."""

import numpy as np
import pytest

from lesion_pipeline.training.draws import Draws
from lesion_pipeline.training.objective import Labels

WEIGHTS = np.array([0.25, 2.5, 0.25, 1.0, 1.0], np.float32)
LABELS = Labels(np.zeros((5, 1), np.float32), WEIGHTS)


def test_with_weights_each_image_comes_once() -> None:
    draws = Draws(LABELS, 2, 1, "weights")
    assert draws.times(0) is None and draws.weights is WEIGHTS
    assert (draws.count, draws.size, draws.steps) == (5, 2, 2)
    assert Draws(LABELS, 9, 1, "weights").size == 5


def test_with_sampling_an_image_comes_as_often_as_its_weight_says() -> None:
    draws = Draws(LABELS, 2, 1, "sampling")
    assert draws.weights.tolist() == [1] * 5 and draws.weights.dtype == np.float32
    found = np.array([draws.times(epoch) for epoch in range(2000)])
    assert (found.sum(axis=1) == 5).all()
    assert (found >= np.floor(WEIGHTS)).all() and (found <= np.ceil(WEIGHTS)).all()
    np.testing.assert_allclose(found.mean(axis=0), WEIGHTS, atol=0.04)


@pytest.mark.parametrize("other", [{"seed": 2}, {"epoch": 1}])
def test_what_is_sampled_depends_on_seed_and_epoch_alone(other: dict[str, int]) -> None:
    weights = np.random.default_rng(0).uniform(0.2, 1.8, 50).astype(np.float32)
    labels = Labels(np.zeros((50, 1), np.float32), weights)

    def times(seed: int = 1, epoch: int = 0) -> list[int]:
        found = Draws(labels, 8, seed, "sampling").times(epoch)
        assert found is not None
        return found.tolist()

    assert times() == times() != times(**other)

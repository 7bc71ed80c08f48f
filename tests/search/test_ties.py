import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.search.params import RISES, ObjectiveName
from lesion_pipeline.search.ties import difference
from lesion_pipeline.statistics.metrics import arrays, probability_metrics, ranking_metrics

RESAMPLES = Resamples(samples=300, seed=1)


def predictions(noise: float, seed: int = 0) -> pd.DataFrame:
    """Of 200 lesions with two images each; the noise is the same share for both."""
    generator = np.random.default_rng(seed)
    lesions = np.repeat(np.arange(200), 2)
    labels = (lesions % 4 == 0).astype(int)
    scores = labels + noise * generator.normal(size=400)
    return pd.DataFrame(
        {
            "lesion_id": lesions.astype(str),
            "label": labels,
            "probability": 1 / (1 + np.exp(-(3 * scores - 2))),
        }
    )


@pytest.mark.parametrize("objective", list(RISES))
def test_a_trial_is_tied_with_itself_and_not_with_a_far_worse_one(
    objective: ObjectiveName,
) -> None:
    best, alike, worse = predictions(0.5), predictions(0.5, seed=1), predictions(2)
    same = difference(best, best, objective, RESAMPLES)
    assert (same.value, same.interval, same.tied) == (0, (0, 0), True)
    assert difference(best, alike, objective, RESAMPLES).tied
    found = difference(best, worse, objective, RESAMPLES)
    assert not found.tied
    assert (found.value > 0) == (objective == "log_loss")


def test_the_difference_is_that_of_the_figures() -> None:
    best, other = predictions(0.5), predictions(0.9)
    found = {name: difference(best, other, name, RESAMPLES).value for name in RISES}
    pairs = [arrays(table) for table in (best, other)]
    one, two = (ranking_metrics(*pair) | probability_metrics(*pair) for pair in pairs)
    assert found == pytest.approx({name: two[name] - one[name] for name in RISES})

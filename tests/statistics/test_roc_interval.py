"""The interval of a ROC-AUC: its equation, its lesions, and how often it contains the truth."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.statistics.intervals import Z
from lesion_pipeline.statistics.roc_interval import roc_auc_interval

AUC, ALIKE = 0.9, 0.7  # of the drawn collections; the correlation within a lesion
SIZES, CHANCES = (1, 2, 3, 4), (0.74, 0.19, 0.065, 0.005)  # images of a lesion, as in HAM10000


def draw(
    generator: np.random.Generator, malignant: int, benign: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities and lesions of a collection whose ROC-AUC is AUC."""
    lesions = malignant + benign
    lesion = np.repeat(np.arange(lesions), generator.choice(SIZES, lesions, p=CHANCES))
    labels = (lesion < malignant).astype(np.int64)
    noise = ALIKE**0.5 * generator.normal(size=lesions)[lesion]
    noise += (1 - ALIKE) ** 0.5 * generator.normal(size=len(lesion))
    scores = 2**0.5 * norm.ppf(AUC) * labels + noise
    return labels, norm.cdf(scores), lesion


def newcombe(t: float, malignant: int, benign: int) -> float:
    """Newcombe's variance as it is printed, with N = M in the two terms."""
    mean = (malignant + benign) / 2
    return (
        t * (1 - t) / (malignant * benign)
        * (1 + (mean - 1) * (1 - t) / (2 - t) + (mean - 1) * t / (1 + t))
    )  # fmt: skip


def test_the_ends_solve_the_equation_of_independent_images() -> None:
    labels, probabilities, _ = draw(np.random.default_rng(1), 20, 60)
    malignant, benign = int(labels.sum()), int((1 - labels).sum())
    area = roc_auc_score(labels, probabilities)
    low, high = roc_auc_interval(labels, probabilities, np.arange(len(labels)))
    assert 0 < low < area < high < 1
    for end in (low, high):
        error = Z * newcombe(end, malignant, benign) ** 0.5
        assert abs(area - end) == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize(("probabilities", "area"), [([0.1, 0.2, 0.9], 1), ([0.7, 0.9, 0.1], 0)])
def test_a_perfect_ranking_is_not_certain(probabilities: list[float], area: int) -> None:
    labels, values = np.array([0, 0, 1]), np.array(probabilities)
    low, high = roc_auc_interval(labels, values, ["a", "b", "c"])
    far, near = (low, high) if area == 1 else (high, low)
    assert near == area and 0.2 < abs(area - far) < 0.8
    assert (area - far) ** 2 == pytest.approx(Z**2 * newcombe(far, 1, 2), rel=1e-6)


def test_it_is_the_mirror_image_of_the_opposite_ranking() -> None:
    labels, probabilities, lesions = draw(np.random.default_rng(2), 12, 40)
    low, high = roc_auc_interval(labels, probabilities, lesions)
    turned = roc_auc_interval(labels, 1 - probabilities, lesions)
    assert turned == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_neither_order_nor_names_of_lesions_matter() -> None:
    labels, probabilities, lesions = draw(np.random.default_rng(3), 12, 40)
    named = np.array([f"L{lesion}" for lesion in lesions])
    back = slice(None, None, -1)
    wanted = roc_auc_interval(labels, probabilities, lesions)
    found = roc_auc_interval(labels[back], probabilities[back], named[back])
    assert found == pytest.approx(wanted, abs=1e-12)


def test_the_same_images_again_don_t_narrow_it() -> None:
    labels, probabilities, _ = draw(np.random.default_rng(4), 20, 60)
    images = np.arange(len(labels))
    wanted = roc_auc_interval(labels, probabilities, images)
    five = [np.repeat(values, 5) for values in (labels, probabilities, images)]
    assert roc_auc_interval(five[0], five[1], five[2]) == pytest.approx(wanted, abs=0.005)
    low, high = roc_auc_interval(five[0], five[1], np.arange(5 * len(labels)))
    assert high - low < 0.5 * (wanted[1] - wanted[0])  # the root of 5 is 2.2


@pytest.mark.parametrize(("malignant", "benign"), [(6, 44), (30, 270)])
def test_it_contains_the_truth_as_often_as_it_should(malignant: int, benign: int) -> None:
    """The bootstrap's percentiles contain it .82 and .89 times."""
    generator = np.random.default_rng(5)
    ends = np.array([roc_auc_interval(*draw(generator, malignant, benign)) for _ in range(600)])
    within = ((ends[:, 0] <= AUC) & (ends[:, 1] >= AUC)).mean()
    assert 0.93 <= within <= 0.985


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="expected labels 0 and 1"):
        roc_auc_interval(np.array([1, 1]), np.array([0.1, 0.2]), ["a", "b"])

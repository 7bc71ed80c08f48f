"""Is one network better than another on the same images, or is the difference noise?

Two networks err on much the same images, so their scores rise and fall together, and the interval
of the difference is far narrower than the two intervals side by side suggest. Every comparison here
is paired.

Only the bootstrap accounts for the likeness of images of one lesion. DeLong's and McNemar's tests
assume independent images, so their p-values are slightly too small where lesions have several.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, norm, rankdata

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import CLASSES, LABEL, PROBABILITY, decide
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import (
    LEVEL,
    lesion_weights,
    percentile_interval,
    weighted_ranking,
)
from lesion_pipeline.statistics.metrics import Labels, Probabilities, check, ranking_metrics

BETTER: Final = "better"
WORSE: Final = "worse"
NOISE: Final = "within noise"
RANKING: Final = ("roc_auc", "pr_auc")
RATES: Final = {"sensitivity": 1, "specificity": 0}  # rate: the label of its images
SHOWN: Final = 5  # offenders named in an error; there may be thousands

Comparison = dict[str, Any]  # ready for JSON


@dataclass(frozen=True)
class Candidate:
    """A network by its predictions for a split.

    Attributes:
        name: of its revision.
        predictions: one row per image: image_id (unique), lesion_id, label, probability.
        threshold: its operating point, 0 to 1.
    """

    name: str
    predictions: pd.DataFrame
    threshold: float


def compare(first: Candidate, second: Candidate, resamples: Resamples) -> Comparison:
    """Compare the second network with the first on the images that both predicted.

    Args:
        first: the network to compare with.
        second: the network that may be better or worse; its lesion_id is used.
        resamples: of the lesions.

    Returns:
        images, malignant and lesions compared; left_out, the number of images that only one has;
        and by score (roc_auc, pr_auc, sensitivity, specificity) first, second, difference (second
        - first) and verdict (better, worse or within noise), with interval (95 %, of the
        difference) or the counts `gained` and `lost`, and with p where there is a test. Undefined
        values are None.

    Raises:
        DataError: no image is common to both, labels differ, or the common images can't be
            scored; see metrics.check.
    """
    one, two, left_out = _shared(first, second)
    labels = two[LABEL].to_numpy(np.int64)
    probabilities = [table[PROBABILITY].to_numpy(np.float64) for table in (one, two)]
    lesions = two["lesion_id"].astype(str).to_numpy()
    decisions = [
        decide(values, candidate.threshold)
        for values, candidate in zip(probabilities, (first, second), strict=True)
    ]
    return {
        "images": len(labels),
        "malignant": int(labels.sum()),
        "lesions": len(np.unique(lesions)),
        "left_out": left_out,
        **compare_ranking(labels, probabilities[0], probabilities[1], lesions, resamples),
        **{
            rate: compare_decisions(*(called[labels == label] == label for called in decisions))
            for rate, label in RATES.items()
        },
    }


def compare_ranking(
    labels: Labels,
    first: Probabilities,
    second: Probabilities,
    lesions: ArrayLike,
    resamples: Resamples,
) -> dict[str, Comparison]:
    """Compare ROC-AUC and PR-AUC: both networks are scored on the same resamples of lesions.

    Args:
        labels: (images,), 0 or 1.
        first: (images,), probabilities, 0 to 1.
        second: likewise, of the network that may be better.
        lesions: (images,), the name of each image's lesion.
        resamples: number and seed.

    Returns:
        By score: first, second, difference, interval, verdict; for roc_auc also p, of `delong`.

    Raises:
        DataError: see metrics.check and bootstrap.percentile_interval.
    """
    scores = [ranking_metrics(labels, values) for values in (first, second)]
    differences: dict[str, list[NDArray[np.float64]]] = {name: [] for name in RANKING}
    for weights in lesion_weights(lesions, resamples):
        one, two = (weighted_ranking(labels, values, weights) for values in (first, second))
        for name in RANKING:
            differences[name].append(two[name] - one[name])
    comparisons: dict[str, Comparison] = {}
    for name in RANKING:
        interval = percentile_interval(np.concatenate(differences[name]))
        comparisons[name] = {
            "first": scores[0][name],
            "second": scores[1][name],
            "difference": scores[1][name] - scores[0][name],
            "interval": interval,
            "p": delong(labels, first, second) if name == "roc_auc" else None,
            "verdict": BETTER if interval[0] > 0 else WORSE if interval[1] < 0 else NOISE,
        }
    return comparisons


def delong(labels: Labels, first: Probabilities, second: Probabilities) -> float | None:
    """Compute DeLong's two-sided p-value for equal ROC-AUCs on the same images.

    Images are assumed independent. DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837-845.

    Returns:
        0 to 1; 1 for equal AUCs. None if undefined: a class has one image only, or the difference
        has no variance.

    Raises:
        DataError: see metrics.check.
    """
    areas, covariance = delong_covariance(labels, np.stack([first, second]))
    difference = areas[1] - areas[0]
    if difference == 0:
        return 1.0
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    if not variance > 1e-15:  # rounding leaves this much; NaN if a class has one image
        return None
    return float(2 * norm.sf(abs(difference) / np.sqrt(variance)))


def delong_covariance(
    labels: Labels, scores: Probabilities
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute ROC-AUCs and their covariance over images, by ranks rather than by all pairs.

    Sun and Xu 2014, IEEE Signal Processing Letters 21:1389-1393, doi 10.1109/LSP.2014.2337313.

    Args:
        labels: (images,), 0 or 1.
        scores: (networks, images), probabilities, 0 to 1.

    Returns:
        (networks,) and (networks, networks), float64; the second NaN if a class has one image.

    Raises:
        DataError: see metrics.check.
    """
    for row in scores:
        check(labels, row)
    malignant, benign = scores[:, labels == 1], scores[:, labels == 0]
    m, n = malignant.shape[1], benign.shape[1]
    ranks = rankdata(np.concatenate([malignant, benign], axis=1), axis=1)
    # For each malignant image the fraction of benign ones below it; for each benign one, of
    # malignant ones above it.
    beaten = (ranks[:, :m] - rankdata(malignant, axis=1)) / n
    beating = 1 - (ranks[:, m:] - rankdata(benign, axis=1)) / m
    areas = beaten.mean(axis=1)
    if m < 2 or n < 2:
        return areas, np.full((len(scores), len(scores)), np.nan)
    return areas, np.cov(beaten) / m + np.cov(beating) / n


def compare_decisions(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Comparison:
    """Compare how often two networks classify the same images correctly: McNemar's exact test.

    Only images on which they disagree count; if neither is better, each is as likely to be correct
    on one of them. Images are assumed independent. McNemar 1947, Psychometrika 12:153-157; the
    exact binomial form, two-sided.

    Args:
        first: (images,), whether the first network is correct.
        second: likewise.

    Returns:
        first and second (fraction correct), difference, gained and lost (images on which only the
        second, or only the first, is correct), p (0 to 1; 1 if they agree everywhere), verdict.
        The fractions are None if there are no images.
    """
    count = len(first)
    gained, lost = int((second & ~first).sum()), int((first & ~second).sum())
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    rates = [int(right.sum()) / count if count else None for right in (first, second)]
    significant = p < 1 - LEVEL
    return {
        "first": rates[0],
        "second": rates[1],
        "difference": (gained - lost) / count if count else None,
        "gained": gained,
        "lost": lost,
        "p": p,
        "verdict": NOISE if not significant else BETTER if gained > lost else WORSE,
    }


def _shared(first: Candidate, second: Candidate) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return both tables with the images common to both, in one order, and the number of others."""
    one, two = (each.predictions.set_index("image_id").sort_index() for each in (first, second))
    for candidate, table in ((first, one), (second, two)):
        if not table.index.is_unique:
            twice = table.index[table.index.duplicated()].unique()
            raise DataError(f"{candidate.name}: image {listed(twice[:SHOWN])} more than once")
    images = one.index.intersection(two.index)
    if images.empty:
        raise DataError(f"{first.name} and {second.name} have no image in common")
    left_out = len(one) + len(two) - 2 * len(images)
    one, two = one.loc[images], two.loc[images]
    differ = images[one[LABEL].to_numpy() != two[LABEL].to_numpy()]
    if len(differ):
        raise DataError(
            f"{first.name} and {second.name} label {len(differ)} of {len(images)} images "
            f"differently ({CLASSES[0]} or {CLASSES[1]}), so they are not of one collection: "
            f"{listed(differ[:SHOWN])}{', ...' if len(differ) > SHOWN else ''}"
        )
    return one, two, left_out

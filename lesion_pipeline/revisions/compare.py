"""Is one network better than another on the same images, or is the difference noise?

Two networks err on much the same images, so their scores rise and fall together, and the interval
of the difference is far narrower than the two intervals side by side suggest. Every comparison here
is paired: both networks are scored on the same resamples of the same lesions.

Sensitivity and specificity depend on a threshold that was chosen on val, and other images of val
would have given another. So in each resample of val both networks choose their thresholds anew.
Taken for given, as McNemar's test does, they make equal networks look different: in
`benchmarks/verdicts.py` in about half of all comparisons of specificity.

Percentiles of a bootstrap are too narrow where few lesions are malignant, as those of a normal
distribution would be in place of Student's t. The intervals are expanded by that (Hesterberg 2015,
The American Statistician 69:371-386), with the lesions of the smaller class as sample.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import CLASSES, LABEL, PROBABILITY, decide
from lesion_pipeline.scores.params import ThresholdParams
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import (
    lesion_weights,
    percentile_interval,
    weighted_ranking,
)
from lesion_pipeline.statistics.intervals import LEVEL
from lesion_pipeline.statistics.metrics import Labels, Probabilities, ranking_metrics
from lesion_pipeline.threshold.policies import choose

BETTER: Final = "better"
WORSE: Final = "worse"
NOISE: Final = "within noise"
RANKING: Final = ("roc_auc", "pr_auc")
RATES: Final = {"sensitivity": 1, "specificity": 0}  # rate: the label of its images
VAL: Final = "val"
SHOWN: Final = 5  # offenders named in an error; there may be thousands

Comparison = dict[str, Any]  # ready for JSON


@dataclass(frozen=True)
class Candidate:
    """A network by its predictions and its operating point.

    Attributes:
        name: of its revision.
        predictions: by split, val among them: one row per image with image_id (unique), lesion_id,
            label, probability.
        threshold: its operating point, 0 to 1.
        rule: by which the threshold was chosen on val.
    """

    name: str
    predictions: Mapping[str, pd.DataFrame]
    threshold: float
    rule: ThresholdParams


@dataclass(frozen=True)
class Shared:
    """The images of a split that both networks predicted.

    Attributes:
        labels: (images,), 0 or 1.
        lesions: (images,), the name of each image's lesion, as the second network has it.
        probabilities: of the two networks, (images,) each, 0 to 1.
        left_out: how many images only one of them has.
    """

    labels: Labels
    lesions: NDArray[np.str_]
    probabilities: tuple[Probabilities, Probabilities]
    left_out: int


def compare(
    first: Candidate, second: Candidate, splits: Sequence[str], resamples: Resamples
) -> dict[str, Comparison]:
    """Compare the second network with the first on the images that both predicted.

    Args:
        first: the network to compare with.
        second: the network that may be better or worse.
        splits: val or test, or both.
        resamples: of the lesions.

    Returns:
        By split: images, malignant and lesions compared; left_out, the number of images that only
        one has; and by score (roc_auc, pr_auc, sensitivity, specificity) first, second, difference
        (second - first), interval (95 %, of the difference) and verdict (better, worse or within
        noise).

    Raises:
        DataError: no image is common to both, labels differ, the common images can't be scored (see
            metrics.check), or no resample can be.
    """
    val = shared(first, second, VAL)
    thresholds = rechosen(val, (first.rule, second.rule), resamples)
    compared = {}
    for split in splits:
        images = val if split == VAL else shared(first, second, split)
        # Lesions of val are drawn as for the thresholds, those of another split independently.
        seed = resamples.seed + (split != VAL)
        drawn = resamples.model_copy(update={"seed": seed})
        compared[split] = {
            "images": len(images.labels),
            "malignant": int(images.labels.sum()),
            "lesions": len(np.unique(images.lesions)),
            "left_out": images.left_out,
            **compare_ranking(images.labels, *images.probabilities, images.lesions, drawn),
            **compare_rates(images, (first.threshold, second.threshold), thresholds, drawn),
        }
    return compared


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
        By score: first, second, difference, interval, verdict.

    Raises:
        DataError: see metrics.check and bootstrap.percentile_interval.
    """
    scores = [ranking_metrics(labels, values) for values in (first, second)]
    differences: dict[str, list[NDArray[np.float64]]] = {name: [] for name in RANKING}
    for weights in lesion_weights(lesions, resamples):
        one, two = (weighted_ranking(labels, values, weights) for values in (first, second))
        for name in RANKING:
            differences[name].append(two[name] - one[name])
    tail = expanded_tail(labels, lesions)
    return {
        name: _comparison(
            scores[0][name],
            scores[1][name],
            percentile_interval(np.concatenate(differences[name]), tail),
        )
        for name in RANKING
    }


def compare_rates(
    images: Shared,
    thresholds: tuple[float, float],
    resampled: NDArray[np.float64],
    resamples: Resamples,
) -> dict[str, Comparison]:
    """Compare sensitivity and specificity, each network at a threshold of its own.

    Args:
        images: on which the rates are computed.
        thresholds: the operating points, 0 to 1.
        resampled: (resamples, 2), the thresholds chosen in each resample of val; see `rechosen`.
        resamples: number and seed.

    Returns:
        By rate: first, second, difference, interval, verdict.

    Raises:
        DataError: no resample has a threshold for both and images of both labels.
    """
    differences: dict[str, list[float]] = {rate: [] for rate in RATES}
    weights = chain.from_iterable(lesion_weights(images.lesions, resamples))
    for pair, of_images in zip(resampled, weights, strict=True):
        one, two = _rates(images, pair, of_images)
        for rate in RATES:
            differences[rate].append(two[rate] - one[rate])
    one, two = _rates(images, thresholds, np.ones(len(images.labels), np.int64))
    tail = expanded_tail(images.labels, images.lesions)
    return {
        rate: _comparison(
            one[rate], two[rate], percentile_interval(np.array(differences[rate]), tail)
        )
        for rate in RATES
    }


def expanded_tail(labels: Labels, lesions: ArrayLike) -> float:
    """Return the fraction of resamples to leave out at each end for an interval of 95 %.

    Args:
        labels: (images,), 0 or 1.
        lesions: (images,), the name of each image's lesion.

    Returns:
        At most .025; 0 if a class has a single lesion.
    """
    names = np.asarray(lesions)
    count = min(len(np.unique(names[labels == label])) for label in (0, 1))
    if count < 2:
        return 0.0
    wide = math.sqrt(count / (count - 1)) * t.ppf((1 + LEVEL) / 2, count - 1)
    return float(norm.cdf(-wide))


def rechosen(
    val: Shared, rules: tuple[ThresholdParams, ThresholdParams], resamples: Resamples
) -> NDArray[np.float64]:
    """Choose the thresholds of both networks by their rules, in each resample of val.

    Returns:
        (resamples, 2), 0 to 1; NaN where a resample doesn't allow a choice, as with one class.
    """
    codes = np.unique(val.lesions, return_inverse=True)[1]
    chosen = []
    for weights in chain.from_iterable(lesion_weights(val.lesions, resamples)):
        images = np.repeat(np.arange(len(weights)), weights)
        copy = np.arange(len(images)) - np.repeat(np.cumsum(weights) - weights, weights)
        lesions = codes[images] + copy * len(codes)  # a lesion that is drawn twice is two lesions
        chosen.append(
            [
                _choose(val.labels[images], values[images], lesions, rule)
                for values, rule in zip(val.probabilities, rules, strict=True)
            ]
        )
    return np.array(chosen)


def shared(first: Candidate, second: Candidate, split: str) -> Shared:
    """Return the images of a split that both networks predicted, by image_id.

    Raises:
        DataError: an image is there twice, none is common to both, or labels differ.
    """
    one, two = (
        each.predictions[split].set_index("image_id").sort_index() for each in (first, second)
    )
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
    return Shared(
        two[LABEL].to_numpy(np.int64),
        np.asarray(two["lesion_id"], dtype=str),
        (one[PROBABILITY].to_numpy(np.float64), two[PROBABILITY].to_numpy(np.float64)),
        left_out,
    )


def _comparison(first: float, second: float, interval: tuple[float, float]) -> Comparison:
    low, high = interval
    return {
        "first": first,
        "second": second,
        "difference": second - first,
        "interval": interval,
        "verdict": BETTER if low > 0 else WORSE if high < 0 else NOISE,
    }


def _choose(
    labels: Labels, probabilities: Probabilities, lesions: ArrayLike, rule: ThresholdParams
) -> float:
    try:
        return choose(labels, probabilities, lesions, rule)
    except DataError:
        return float("nan")


def _rates(
    images: Shared, thresholds: Iterable[float], weights: NDArray[np.int64]
) -> Iterator[dict[str, float]]:
    """Yield each network's rates at its threshold; NaN without a threshold, or without images."""
    for probabilities, threshold in zip(images.probabilities, thresholds, strict=True):
        called = decide(probabilities, threshold)
        rates = {}
        for rate, label in RATES.items():
            of_label = weights * (images.labels == label)
            count = of_label.sum() if np.isfinite(threshold) else 0
            rates[rate] = float(of_label[called == label].sum() / count) if count else np.nan
        yield rates

"""Curves as tables, which DVC plots and the stage draw draws."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import precision_recall_curve, roc_curve

from lesion_pipeline.core.labels import CLASSES, decide
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.statistics.metrics import Labels, Probabilities, check

RANGES: Final = 20  # of probability, .05 wide each
IMAGES_PER_BIN: Final = 20  # of a calibration curve, at least; with fewer a bin shows chance


def roc_table(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    """Return the ROC curve: columns false_positive_rate, true_positive_rate, 0 to 1, rising.

    Raises:
        DataError: see metrics.check; so for all tables here.
    """
    check(labels, probabilities)
    false_positive, true_positive, _ = roc_curve(labels, probabilities)
    return pd.DataFrame(
        {"false_positive_rate": false_positive, "true_positive_rate": true_positive}
    )


def pr_table(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    """Return the precision-recall curve as steps, whose area is the average precision.

    Returns:
        One row per recall that a threshold reaches: recall (rising to 1) and precision, the one at
        the highest such threshold, which holds from the row before on; 0 to 1. Before them a row
        with recall 0, where the first step begins.
    """
    check(labels, probabilities)
    precision, recall, _ = precision_recall_curve(labels, probabilities)
    table = pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]})
    steps = table[table["recall"] > 0].drop_duplicates("recall")
    return pd.concat([steps[:1].assign(recall=0.0), steps], ignore_index=True)


def curve_bins(bins: int, images: int) -> int:
    """Return how many bins a calibration curve has: `bins`, or fewer where images are few; >= 2."""
    return max(2, min(bins, images // IMAGES_PER_BIN))


def calibration_table(
    labels: Labels, probabilities: Probabilities, bins: int, lesions: ArrayLike | None = None
) -> pd.DataFrame:
    """Compare predicted with observed frequency of malignancy in bins of equally many images.

    Images of equal probability share the bin of the middle one among them, so the order of the
    rows makes no difference; bins are then less equal, and there may be fewer.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        bins: how many.
        lesions: (images,), the name of each image's lesion; None: images are independent.

    Returns:
        One row per bin, by rising probability: predicted (mean probability), observed (fraction
        malignant), low and high (its 95 % interval, intervals.rate_interval), images. There are
        fewer rows than `bins` if there are fewer images.
    """
    check(labels, probabilities)
    table = pd.DataFrame({"predicted": probabilities.astype(np.float64), "observed": labels})
    ranks = table["predicted"].rank()  # from 1; equal values have their mean rank
    bin_of = np.ceil((2 * ranks - 1) * bins / (2 * len(table)))
    parts = table.groupby(bin_of, sort=True)
    names = np.arange(len(table)) if lesions is None else np.asarray(lesions)
    intervals = [rate_interval(labels[rows], names[rows]) for rows in parts.indices.values()]
    low, high = np.array(intervals, dtype=np.float64).T
    means = parts.mean().reset_index(drop=True)
    return means.assign(low=low, high=high, images=parts.size().to_numpy())


def distribution_table(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    """Count the images of each class in 20 equally wide ranges of probability.

    Returns:
        One row per range: low (inclusive), high (exclusive, but inclusive in the last range),
        benign, malignant (images).
    """
    check(labels, probabilities)
    edges = np.arange(RANGES + 1) / RANGES
    counts = {
        name: np.histogram(probabilities[labels == label], edges)[0]
        for label, name in enumerate(CLASSES)
    }
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})


def confusion_table(labels: Labels, probabilities: Probabilities, threshold: float) -> pd.DataFrame:
    """Return the class of each image by name: columns actual and predicted."""
    names = np.array(CLASSES)
    return pd.DataFrame(
        {"actual": names[labels], "predicted": names[decide(probabilities, threshold)]}
    )


def threshold_table(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    """Compute the rates at each probability that occurs, used as a threshold, rising.

    Returns:
        One row per probability: threshold, sensitivity, specificity, ppv, npv, all 0 to 1. The
        first row calls every image malignant, so its npv is NaN. Every row calls at least one
        image malignant.
    """
    check(labels, probabilities)
    false_positive, true_positive, thresholds = roc_curve(
        labels, probabilities, drop_intermediate=False
    )
    malignant, benign = int((labels == 1).sum()), int((labels == 0).sum())
    tp, fp = np.rint(true_positive * malignant), np.rint(false_positive * benign)
    with np.errstate(invalid="ignore"):  # 0/0 where no image is called benign
        ppv, npv = tp / (tp + fp), (benign - fp) / (benign - fp + malignant - tp)
    table = pd.DataFrame(
        {
            "threshold": thresholds,
            "sensitivity": true_positive,
            "specificity": 1 - false_positive,
            "ppv": ppv,
            "npv": npv,
        }
    )
    return table.iloc[:0:-1].reset_index(drop=True)  # the first row's threshold is infinite

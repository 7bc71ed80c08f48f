"""Curves as tables: what DVC plots and what the pictures show."""

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from lesion_pipeline.labels import CLASSES, decide
from lesion_pipeline.score.metrics import Labels, Probabilities, check


def roc_table(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    """Give the ROC curve: columns false_positive_rate, true_positive_rate, 0 to 1, rising.

    Raises:
        DataError: see metrics.check; so for all tables here.
    """
    check(labels, probabilities)
    false_positive, true_positive, _ = roc_curve(labels, probabilities)
    return pd.DataFrame(
        {"false_positive_rate": false_positive, "true_positive_rate": true_positive}
    )


def pr_table(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    """Give the precision-recall curve: columns recall (rising) and precision, 0 to 1."""
    check(labels, probabilities)
    precision, recall, _ = precision_recall_curve(labels, probabilities, drop_intermediate=True)
    return pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]})


def calibration_table(labels: Labels, probabilities: Probabilities, bins: int) -> pd.DataFrame:
    """Compare predicted with observed frequency of malignancy in bins of equally many images.

    Returns:
        A row a bin, by rising probability: predicted (mean probability), observed (fraction of
        malignant), images. There are fewer bins than asked for if there are fewer images.
    """
    check(labels, probabilities)
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return pd.DataFrame(
        {
            "predicted": [float(probabilities[part].mean(dtype=np.float64)) for part in parts],
            "observed": [float(labels[part].mean()) for part in parts],
            "images": [len(part) for part in parts],
        }
    )


def confusion_table(labels: Labels, probabilities: Probabilities, threshold: float) -> pd.DataFrame:
    """Name the class of each image: columns actual and predicted."""
    names = np.array(CLASSES)
    return pd.DataFrame(
        {"actual": names[labels], "predicted": names[decide(probabilities, threshold)]}
    )


def threshold_table(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    """Give what each probability that occurs would mean as a threshold, rising.

    Returns:
        A row a probability: threshold, sensitivity, specificity, ppv, npv, all 0 to 1. The first
        row calls every image malignant: its npv, of no image, is NaN. None calls no image so.
    """
    check(labels, probabilities)
    false_positive, true_positive, thresholds = roc_curve(
        labels, probabilities, drop_intermediate=False
    )
    malignant, benign = int((labels == 1).sum()), int((labels == 0).sum())
    tp, fp = np.rint(true_positive * malignant), np.rint(false_positive * benign)
    with np.errstate(invalid="ignore"):  # 0/0, of no image
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

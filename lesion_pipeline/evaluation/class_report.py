"""Reports by class, for the two classes and for the seven diagnoses."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.statistics.bootstrap import Estimate, ResampledScores, Weights


def class_report(actual: ArrayLike, predicted: ArrayLike, names: Sequence[str]) -> pd.DataFrame:
    """Compute precision, recall and F1 of each class.

    Args:
        actual: (images,), names.
        predicted: (images,), names.
        names: the classes, in the order of the rows.

    Returns:
        One row per class: class, precision, recall, f1_score (0 to 1), support (its images).
        NaN where undefined: the precision of a class that is never predicted, the recall of one
        without images, the F1 of one with neither.
    """
    precision, recall, f1_score, support = precision_recall_fscore_support(
        actual, predicted, labels=list(names), zero_division=np.nan
    )
    return pd.DataFrame(
        {
            "class": list(names),
            "precision": precision,
            "recall": recall,
            "f1_score": f1_score,
            "support": support,
        }
    )


def confusion_counts(actual: ArrayLike, predicted: ArrayLike, names: Sequence[str]) -> pd.DataFrame:
    """Count images: one row per true class (column actual), one column per predicted class."""
    counts = confusion_matrix(actual, predicted, labels=list(names))
    return pd.DataFrame(counts, columns=list(names)).assign(actual=list(names))[["actual", *names]]


def most_probable(
    predictions: pd.DataFrame, frequencies: Mapping[str, int] | None = None
) -> NDArray[np.str_]:
    """Return the diagnosis with the highest probability; of equal ones the first of DIAGNOSES.

    Args:
        predictions: one row per image: one probability per diagnosis.
        frequencies: images of each diagnosis in the data that the probabilities hold for. If they
            are given, probabilities are divided by them first, which maximises the balanced
            accuracy instead of the accuracy: as if all diagnoses were equally frequent.
    """
    names = list(DIAGNOSES)
    counts = np.array([(frequencies or {}).get(dx, 1) for dx in names])
    values = predictions[names].to_numpy() / np.maximum(counts, 1)
    return np.asarray(np.array(names)[values.argmax(axis=1)])


def has_diagnoses(predictions: pd.DataFrame) -> bool:
    """Return whether the network predicted the seven diagnoses."""
    return set(DIAGNOSES) <= set(predictions.columns)


def weighted_accuracies(
    actual: NDArray[np.str_], predicted: NDArray[np.str_], weights: Weights
) -> ResampledScores:
    """Score resamples by accuracy and balanced accuracy, the mean recall of the classes present.

    Args:
        actual: (images,), names.
        predicted: (images,), names.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Returns:
        accuracy and balanced_accuracy, (resamples,) each, 0 to 1.
    """
    of_class = (actual[:, None] == np.unique(actual)).astype(np.int64)
    images = weights @ of_class
    found = (weights * (actual == predicted)) @ of_class
    recalls = np.divide(found, images, out=np.full(found.shape, np.nan), where=images > 0)
    return {
        "accuracy": found.sum(axis=1) / images.sum(axis=1),
        "balanced_accuracy": np.nanmean(recalls, axis=1),
    }


def accuracies(predictions: pd.DataFrame, frequencies: Mapping[str, int] | None = None) -> Estimate:
    """Estimate accuracy and balanced accuracy of the most probable diagnosis.

    Task 3 of the ISIC 2018 challenge was ranked by balanced accuracy (Codella and others 2019,
    arXiv:1902.03368). A diagnosis without images is left out of the mean.

    Args:
        predictions: one row per image: dx, and one probability per diagnosis.
        frequencies: see most_probable.
    """
    actual = predictions["dx"].to_numpy(dtype=str)
    score = partial(weighted_accuracies, actual, most_probable(predictions, frequencies))
    once = score(np.ones((1, len(actual)), dtype=np.int64))
    return Estimate({name: float(values[0]) for name, values in once.items()}, score)

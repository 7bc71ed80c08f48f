"""Reports by class: of the decision malignant or not, and of the seven diagnoses."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.evaluation.bootstrap import Estimate, Figures, Weights


def class_report(actual: ArrayLike, predicted: ArrayLike, names: Sequence[str]) -> pd.DataFrame:
    """Give precision, recall and F1 of each class.

    Args:
        actual: (images,), names.
        predicted: (images,), names.
        names: the classes, in the order of the rows.

    Returns:
        A row a class: class, precision, recall, f1_score (0 to 1), support (images of it).
        Undefined is NaN: the precision of a class that is never predicted, the recall of one
        that has no images, the F1 of one that has neither.
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
    """Count images: a row for each true class (column actual), a column for each predicted."""
    counts = confusion_matrix(actual, predicted, labels=list(names))
    return pd.DataFrame(counts, columns=list(names)).assign(actual=list(names))[["actual", *names]]


def most_probable(predictions: pd.DataFrame) -> NDArray[np.str_]:
    """Name the diagnosis with the highest probability; of equal ones the first of DIAGNOSES."""
    names = np.array(list(DIAGNOSES))
    return np.asarray(names[predictions[list(DIAGNOSES)].to_numpy().argmax(axis=1)])


def has_diagnoses(predictions: pd.DataFrame) -> bool:
    """Tell whether the network was asked for the seven diagnoses."""
    return set(DIAGNOSES) <= set(predictions.columns)


def weighted_accuracies(
    actual: NDArray[np.str_], predicted: NDArray[np.str_], weights: Weights
) -> Figures:
    """Score resamples: accuracy, and balanced accuracy, the mean recall of the classes in it.

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


def accuracies(predictions: pd.DataFrame) -> Estimate:
    """Estimate accuracy and balanced accuracy of the most probable diagnosis.

    Balanced accuracy is what task 3 of the ISIC 2018 challenge was ranked by (Codella and others
    2019, arXiv:1902.03368). A diagnosis that these images don't have is left out of it.

    Args:
        predictions: a row an image: dx, and a probability a diagnosis.
    """
    actual = predictions["dx"].to_numpy(dtype=str)
    score = partial(weighted_accuracies, actual, most_probable(predictions))
    once = score(np.ones((1, len(actual)), dtype=np.int64))
    return Estimate({name: float(values[0]) for name, values in once.items()}, score)

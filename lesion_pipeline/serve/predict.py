"""Predictions as rows: what a classifier says of each image file, and what follows from it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.core.labels import CLASSES, decide
from lesion_pipeline.progress import progress
from lesion_pipeline.serve.classifier import Classifier, Said

IMAGE: Final = "image"
ERROR: Final = "error"
COLUMNS: Final = (
    IMAGE, "probability_malignant", "probability_calibrated", "predicted_label",
    "predicted_class", "threshold",
)  # fmt: skip

Row = dict[str, Any]  # a value for each of `columns`: str, float, int, or None for nothing


def predict_files(classifier: Classifier, files: Sequence[Path], workers: int) -> Iterator[Row]:
    """Predict image files, showing how far it is.

    Args:
        classifier: the network, its image contract and its threshold.
        files: JPEG or PNG files.
        workers: threads that decode beside the network.

    Yields:
        a row a file in the order given: probability 0 to 1, and the same after the calibrator, if
        there is one; label 0 or 1 and class (of the probability as the network gives it) and
        threshold, if there is one; if the network says diagnoses, the most probable one and the
        probability of each; or an error and nothing else.
    """
    names = columns(classifier)
    steps = progress(files, len(files), "predict")
    said = classifier.predict_files(steps, workers)
    for file, item in zip(files, said, strict=True):
        yield dict.fromkeys(names) | _row(file, item, classifier)


def columns(classifier: Classifier) -> list[str]:
    """Name the columns of predictions by this classifier."""
    names = classifier.outputs
    diagnoses = ["diagnosis", *(f"probability_{dx}" for dx in names)] if len(names) > 1 else []
    return [*COLUMNS, *diagnoses, ERROR]


def _row(file: Path, said: Said | str, classifier: Classifier) -> Row:
    if isinstance(said, str):
        return {IMAGE: str(file), ERROR: said}
    wrong = said[~((said >= 0) & (said <= 1))]  # NaN, too: nothing may be decided on it
    if len(wrong):
        return {IMAGE: str(file), ERROR: f"the network gives no probability ({wrong[0]:g})"}
    probability = float(classifier.malignancy(said[None])[0])
    row: Row = {IMAGE: str(file), "probability_malignant": probability}
    if classifier.calibrator is not None:
        row["probability_calibrated"] = float(classifier.calibrator.apply(probability))
    if classifier.threshold is not None:
        label = int(decide(probability, classifier.threshold))
        row |= dict(zip(COLUMNS[3:], (label, CLASSES[label], classifier.threshold), strict=True))
    if len(said) > 1:
        row["diagnosis"] = classifier.outputs[int(said.argmax())]
        names = (f"probability_{dx}" for dx in classifier.outputs)
        row |= dict(zip(names, map(float, said), strict=True))
    return row

"""Predictions as rows: a classifier's outputs for each image file, and the decision."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.core.labels import CLASSES, decide
from lesion_pipeline.evaluation.calibrator import at_prevalence
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.serve.classifier import Classifier, Outputs

IMAGE: Final = "image"
ERROR: Final = "error"
COLUMNS: Final = (
    IMAGE, "probability_malignant", "probability_calibrated", "predicted_label",
    "predicted_class", "threshold",
)  # fmt: skip

AT_PREVALENCE: Final = "probability_at_prevalence"

Row = dict[str, Any]  # a value for each of `columns`: str, float, int, or None for nothing


def predict_files(classifier: Classifier, files: Sequence[Path], workers: int) -> Iterator[Row]:
    """Predict image files, showing progress.

    Args:
        classifier: the network, its image contract and its threshold.
        files: JPEG or PNG files.
        workers: threads that decode beside the network.

    Yields:
        one row per file in the order given: the probability of malignancy, the same after the
        calibrator, if there is one, and that shifted to the classifier's wanted prevalence, if it
        has one; label (0 or 1) and class, decided by the probability before
        the calibrator, and the threshold, if there is one; if the network predicts diagnoses, the
        most probable one and the probability of each. Or an error and nothing else.
    """
    names = columns(classifier)
    steps = progress(files, len(files), "predict")
    predictions = classifier.predict_files(steps, workers)
    for file, outputs in zip(files, predictions, strict=True):
        yield dict.fromkeys(names) | _row(file, outputs, classifier)


def columns(classifier: Classifier) -> list[str]:
    """Return the names of the columns of this classifier's predictions."""
    names = classifier.outputs
    diagnoses = ["diagnosis", *(f"probability_{dx}" for dx in names)] if len(names) > 1 else []
    shifted = [] if classifier.wanted_prevalence is None else [AT_PREVALENCE]
    return [*COLUMNS, *shifted, *diagnoses, ERROR]


def _row(file: Path, outputs: Outputs | str, classifier: Classifier) -> Row:
    if isinstance(outputs, str):
        return {IMAGE: str(file), ERROR: outputs}
    wrong = outputs[~((outputs >= 0) & (outputs <= 1))]  # NaN, too: nothing may be decided on it
    if len(wrong):
        return {IMAGE: str(file), ERROR: f"the network gives no probability ({wrong[0]:g})"}
    probability = float(classifier.malignancy(outputs[None])[0])
    row: Row = {IMAGE: str(file), "probability_malignant": probability}
    if classifier.calibrator is not None:
        row["probability_calibrated"] = float(classifier.calibrator.apply(probability))
        row |= _shifted(row["probability_calibrated"], classifier)
    if classifier.threshold is not None:
        label = int(decide(probability, classifier.threshold))
        row |= dict(zip(COLUMNS[3:], (label, CLASSES[label], classifier.threshold), strict=True))
    if len(outputs) > 1:
        row["diagnosis"] = classifier.outputs[int(outputs.argmax())]
        names = (f"probability_{dx}" for dx in classifier.outputs)
        row |= dict(zip(names, map(float, outputs), strict=True))
    return row


def _shifted(calibrated: float, classifier: Classifier) -> Row:
    known, wanted = classifier.prevalence, classifier.wanted_prevalence
    if known is None or wanted is None:
        return {}
    return {AT_PREVALENCE: float(at_prevalence(calibrated, known, wanted))}

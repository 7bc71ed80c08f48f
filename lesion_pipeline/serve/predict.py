"""Predictions as rows: a classifier's outputs for each image file, and the decision."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from numpy.typing import ArrayLike

from lesion_pipeline.core.digits import round_probabilities
from lesion_pipeline.core.labels import CLASSES, decide, malignancy
from lesion_pipeline.evaluation.calibrator import at_prevalence
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.serve.classifier import Classifier, Outputs
from lesion_pipeline.serve.inputs import ImageFile

IMAGE: Final = "image"
LABEL: Final = "predicted_label"
DIAGNOSIS: Final = "diagnosis"
ERROR: Final = "error"
COLUMNS: Final = (
    IMAGE, "probability_malignant", "probability_calibrated", LABEL, "predicted_class", "threshold",
)  # fmt: skip
AT_PREVALENCE: Final = "probability_at_prevalence"

Row = dict[str, Any]  # a value for each of `columns`: str, float, int, or None for nothing


def predict_files(
    classifier: Classifier, files: Sequence[ImageFile], workers: int, quiet: bool = False
) -> Iterator[Row]:
    """Predict image files, showing progress.

    Args:
        classifier: the network, its image contract and its threshold.
        files: JPEG or PNG files.
        workers: threads that read and decode beside the network.
        quiet: show no progress.

    Yields:
        one row per file in the order given: the probability of malignancy, the same after the
        calibrator, if there is one, and that shifted to the classifier's wanted prevalence, if it
        has one; label (0 or 1) and class, decided by the probability before
        the calibrator, and the threshold, if there is one; if the network predicts diagnoses, the
        most probable one and the probability of each. Or an error and nothing else. Probabilities
        have 6 decimals, as those that the threshold was chosen on.
    """
    names = columns(classifier)
    steps = files if quiet else progress(files, len(files), "predict")
    predictions = classifier.predict_files(steps, workers)
    for file, outputs in zip(files, predictions, strict=True):
        yield dict.fromkeys(names) | {IMAGE: str(file)} | predicted(outputs, classifier)


def columns(classifier: Classifier) -> list[str]:
    """Return the names of the columns of this classifier's predictions."""
    names = classifier.outputs
    diagnoses = [DIAGNOSIS, *(f"probability_{dx}" for dx in names)] if len(names) > 1 else []
    shifted = [] if classifier.wanted_prevalence is None else [AT_PREVALENCE]
    return [*COLUMNS, *shifted, *diagnoses, ERROR]


def predicted(outputs: Outputs | str, classifier: Classifier) -> Row:
    """Return the columns of one image but for its name; those without a value are left out.

    Args:
        outputs: float32 (outputs,) of the network, or the reason why the image could not be read.
        classifier: what decides on them.
    """
    if isinstance(outputs, str):
        return {ERROR: outputs}
    wrong = outputs[~((outputs >= 0) & (outputs <= 1))]  # NaN, too: nothing may be decided on it
    if len(wrong):
        return {ERROR: f"the network gives no probability ({wrong[0]:g})"}
    values = round_probabilities(outputs)
    probability = _rounded(malignancy(values[None], classifier.malignant)[0])
    row: Row = {"probability_malignant": probability}
    if classifier.calibrator is not None:
        calibrated = float(classifier.calibrator.apply(probability))
        row["probability_calibrated"] = _rounded(calibrated)
        row |= _shifted(calibrated, classifier)
    if classifier.threshold is not None:
        label = int(decide(probability, classifier.threshold))
        row |= dict(zip(COLUMNS[3:], (label, CLASSES[label], classifier.threshold), strict=True))
    if len(outputs) > 1:
        row[DIAGNOSIS] = classifier.outputs[int(outputs.argmax())]
        names = (f"probability_{dx}" for dx in classifier.outputs)
        row |= dict(zip(names, values.tolist(), strict=True))
    return row


def _shifted(calibrated: float, classifier: Classifier) -> Row:
    known, wanted = classifier.prevalence, classifier.wanted_prevalence
    if known is None or wanted is None:
        return {}
    return {AT_PREVALENCE: _rounded(at_prevalence(calibrated, known, wanted))}


def _rounded(probability: ArrayLike) -> float:
    return float(round_probabilities(probability))

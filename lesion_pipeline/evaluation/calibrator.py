"""Calibrators: from predicted probabilities to observed frequencies, as values ready for JSON."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json
from lesion_pipeline.core.params import Section
from lesion_pipeline.core.results import Fraction, problems

CLOSEST: Final = 1e-7  # to 0 and 1: float32, the type of the outputs, has no finer step below 1


class Platt(Section):
    """Log odds times `slope` plus `intercept` (Platt 1999, Advances in Large Margin Classifiers).

    Probabilities nearer to 0 or 1 than CLOSEST are clipped, before and after: log odds stay finite,
    and nothing is certain.
    """

    method: Literal["platt"] = "platt"
    slope: float
    intercept: float

    def apply(self, probabilities: ArrayLike) -> NDArray[np.float64]:
        """Calibrate probabilities, 0 to 1, of any shape."""
        calibrated = expit(self.slope * logit(probabilities) + self.intercept)
        return np.clip(calibrated, CLOSEST, 1 - CLOSEST)


class Isotonic(Section):
    """A monotonic piecewise linear function, constant before the first and after the last knot.

    Attributes:
        predicted: probabilities that the network predicts, rising, 0 to 1.
        calibrated: the probability at each of them, never falling, 0 to 1.
    """

    method: Literal["isotonic"] = "isotonic"
    predicted: tuple[Fraction, ...] = Field(strict=False, min_length=1)
    calibrated: tuple[Fraction, ...] = Field(strict=False)

    @model_validator(mode="after")
    def _rises(self) -> "Isotonic":
        if len(self.predicted) != len(self.calibrated):
            raise ValueError("expected as many calibrated as predicted")
        if (np.diff(self.predicted) <= 0).any() or (np.diff(self.calibrated) < 0).any():
            raise ValueError("expected predicted to rise and calibrated not to fall")
        return self

    def apply(self, probabilities: ArrayLike) -> NDArray[np.float64]:
        """Calibrate probabilities, 0 to 1, of any shape."""
        values = np.asarray(probabilities, dtype=np.float64)
        return np.asarray(np.interp(values, self.predicted, self.calibrated))


class Unchanged(Section):
    """The identity: probabilities as the network predicts them."""

    method: Literal["none"] = "none"

    def apply(self, probabilities: ArrayLike) -> NDArray[np.float64]:
        """Return the same probabilities, as float64."""
        return np.asarray(probabilities, dtype=np.float64)


Calibrator = Annotated[Platt | Isotonic | Unchanged, Field(discriminator="method")]
_ADAPTER: Final[TypeAdapter[Any]] = TypeAdapter(Calibrator)


def read_calibrator(path: Path) -> Calibrator:
    """Read a calibrator from JSON, as `model_dump(mode="json")` gives it.

    Raises:
        DataError: the file is missing, is not JSON, or does not hold a calibrator; names the file
            and all wrong keys.
    """
    try:
        calibrator: Calibrator = _ADAPTER.validate_python(read_json(path))
    except ValidationError as error:
        raise DataError(f"{path}: {problems(error)}") from None
    return calibrator


def at_prevalence(probabilities: ArrayLike, known: float, wanted: float) -> NDArray[np.float64]:
    """Shift probabilities to data where malignant images are rarer, or more frequent.

    By Bayes' rule, if images of each class look the same there (Saerens, Latinne and Decaestecker
    2002, Neural Computation 14:21-41).

    Args:
        probabilities: calibrated, of any shape, 0 to 1.
        known: malignant fraction of the data that they hold for, between 0 and 1.
        wanted: that of the other data, between 0 and 1.
    """
    return expit(logit(probabilities) + logit(wanted) - logit(known))


def logit(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Return log odds of probabilities, which are clipped to CLOSEST from 0 and 1."""
    values = np.clip(np.asarray(probabilities, dtype=np.float64), CLOSEST, 1 - CLOSEST)
    return np.asarray(np.log(values) - np.log1p(-values))


def expit(log_odds: ArrayLike) -> NDArray[np.float64]:
    """Return probabilities from log odds."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, dtype=np.float64))))

"""From the probability a network gives to the one that is observed: as values, ready for JSON."""

from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, TypeAdapter, model_validator

from lesion_pipeline.core.params import Section

Method = Literal["platt", "isotonic", "none"]
CLOSEST: Final = 1e-7  # to 0 and 1: float32, in which networks speak, has no finer step below 1


class Platt(Section):
    """Log odds times `slope` plus `intercept` (Platt 1999, Advances in Large Margin Classifiers).

    Probabilities nearer to 0 or 1 than CLOSEST count as that near, and it says none nearer: log
    odds are finite, and nothing is ever certain.
    """

    method: Literal["platt"] = "platt"
    slope: float
    intercept: float

    def apply(self, probabilities: ArrayLike) -> NDArray[np.float64]:
        """Calibrate probabilities, 0 to 1, of any shape."""
        calibrated = expit(self.slope * logit(probabilities) + self.intercept)
        return np.clip(calibrated, CLOSEST, 1 - CLOSEST)


class Isotonic(Section):
    """A line that never falls through knots; level before the first and after the last one.

    Attributes:
        predicted: what the network says, rising, 0 to 1.
        calibrated: what that means, never falling, 0 to 1.
    """

    method: Literal["isotonic"] = "isotonic"
    predicted: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(strict=False, min_length=1)
    calibrated: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(strict=False)

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
    """Leaves probabilities as the network gives them."""

    method: Literal["none"] = "none"

    def apply(self, probabilities: ArrayLike) -> NDArray[np.float64]:
        """Give the same probabilities, as float64."""
        return np.asarray(probabilities, dtype=np.float64)


Calibrator = Annotated[Platt | Isotonic | Unchanged, Field(discriminator="method")]
_ADAPTER: Final[TypeAdapter[Any]] = TypeAdapter(Calibrator)


def calibrator_from(content: dict[str, Any]) -> Calibrator:
    """Read what `model_dump(mode="json")` of a calibrator gave.

    Raises:
        pydantic.ValidationError: it isn't that.
    """
    calibrator: Calibrator = _ADAPTER.validate_python(content)
    return calibrator


def logit(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Give log odds, of probabilities no nearer to 0 and 1 than CLOSEST."""
    values = np.clip(np.asarray(probabilities, dtype=np.float64), CLOSEST, 1 - CLOSEST)
    return np.asarray(np.log(values) - np.log1p(-values))


def expit(log_odds: ArrayLike) -> NDArray[np.float64]:
    """Give probabilities from log odds."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, dtype=np.float64))))

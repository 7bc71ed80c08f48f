"""What a network predicts: the probability of malignancy, or those of the seven diagnoses."""

from typing import Final, Literal

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES

Target = Literal["binary", "diagnosis"]
LAST: Final = "logits"  # the last dense layer; probabilities are computed from its outputs
STANDARDISED: Final = "standardised"  # the layer that brings features to one scale


def output_names(target: Target) -> tuple[str, ...]:
    """Return the names of a network's outputs: `malignant` alone, or the seven diagnoses."""
    return (CLASSES[1],) if target == "binary" else tuple(DIAGNOSES)

"""Which labels a collection has: the seven diagnoses, or benign and malignant only.

A collection without diagnoses has `benign` and `malignant` in its column dx, and `malignant` as
its only malignant label (UNDIAGNOSED). So the labels of a table and the list of malignant labels,
which collection.json and every later manifest repeat, both tell which vocabulary it is.
"""

from collections.abc import Collection, Iterable
from typing import Final

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES

UNDIAGNOSED: Final = (CLASSES[1],)  # what is malignant in a collection without diagnoses


def labels_of(dx: Iterable[str]) -> tuple[str, ...]:
    """Return all labels that a collection may have, in their order, from those that it has."""
    return CLASSES if set(dx) <= set(CLASSES) else tuple(DIAGNOSES)


def malignant_of(dx: Iterable[str], malignant: tuple[str, ...]) -> tuple[str, ...]:
    """Return the malignant labels of a collection.

    Args:
        dx: its labels.
        malignant: the malignant diagnoses, if it has diagnoses.
    """
    return UNDIAGNOSED if labels_of(dx) == CLASSES else malignant


def has_diagnoses(malignant: Collection[str]) -> bool:
    """Return whether a collection with these malignant labels has diagnoses."""
    return tuple(malignant) != UNDIAGNOSED


def check_has_diagnoses(malignant: Collection[str]) -> None:
    """Check that a network can learn diagnoses from a collection.

    Raises:
        ParamsError: it is labelled benign and malignant only.
    """
    if not has_diagnoses(malignant):
        raise ParamsError(
            "train.target: expected binary, received diagnosis: the collection is labelled benign "
            "and malignant only\nHint: -S train.target=binary"
        )

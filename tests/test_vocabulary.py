"""The labels that a collection may have."""

import pytest

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
from lesion_pipeline.vocabulary import (
    UNDIAGNOSED,
    check_has_diagnoses,
    has_diagnoses,
    labels_of,
    malignant_of,
)

MALIGNANT = ("bcc", "mel")


@pytest.mark.parametrize(
    ("dx", "labels", "malignant"),
    [
        (["nv", "mel"], tuple(DIAGNOSES), MALIGNANT),
        (["benign", "malignant"], CLASSES, UNDIAGNOSED),
        (["benign"], CLASSES, UNDIAGNOSED),
        (["benign", "mel"], tuple(DIAGNOSES), MALIGNANT),
    ],
)
def test_the_labels_that_are_there_tell_all(
    dx: list[str], labels: tuple[str, ...], malignant: tuple[str, ...]
) -> None:
    assert labels_of(dx) == labels
    assert malignant_of(dx, MALIGNANT) == malignant
    assert has_diagnoses(malignant) == (malignant == MALIGNANT)


def test_diagnoses_can_not_be_learnt_where_there_are_none() -> None:
    check_has_diagnoses(MALIGNANT)
    with pytest.raises(ParamsError, match=r"train\.target: expected binary.*\nHint: -S train.t"):
        check_has_diagnoses(UNDIAGNOSED)

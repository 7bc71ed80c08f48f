"""Members share the split, or are refused with the images."""

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.ensemble.members import MemberPredictions
from lesion_pipeline.revisions.compare import Candidate
from lesion_pipeline.revisions.read import Revision, RevisionPaths
from lesion_pipeline.scores.params import CostParams, ThresholdParams

RULE = ThresholdParams(
    policy="fixed", target_sensitivity=0.9, fixed=0.5, report=(),
    cost=CostParams(miss=10, false_alarm=1),
)  # fmt: skip


def table(ids: str, start: float = 0, **columns: object) -> pd.DataFrame:
    made = {
        "image_id": list(ids),
        "lesion_id": [f"L{name}" for name in ids],
        "label": [ord(name) % 2 for name in ids],
        "probability": start + np.arange(len(ids)) / 10,
    }
    return pd.DataFrame(made | columns)


def candidate(name: str, val: pd.DataFrame, test: pd.DataFrame | None = None) -> Candidate:
    tables = {"val": val, "whole_val": val, "test": table("xy") if test is None else test}
    return Candidate(name, tables, 0.5, RULE)


def test_tables_are_brought_into_the_order_of_the_first() -> None:
    members = MemberPredictions.aligned(
        [candidate("one", table("abc")), candidate("two", table("cab", 0.5))]
    )
    assert members.names == ["one", "two"] and members.columns == ["probability"]
    found = members.outputs("val")
    assert found.shape == (2, 3, 1)
    np.testing.assert_allclose(found[:, :, 0], [[0, 0.1, 0.2], [0.6, 0.7, 0.5]])
    assert list(members.table("val")) == ["image_id", "lesion_id", "label"]


def test_diagnoses_are_averaged_if_all_members_have_them() -> None:
    with_diagnoses = {
        split: table(ids, **dict.fromkeys(DIAGNOSES, 1 / 7))
        for split, ids in (("val", "abc"), ("whole_val", "abc"), ("test", "xy"))
    }
    full = Candidate("full", with_diagnoses, 0.5, RULE)
    other = Candidate("other", with_diagnoses, 0.5, RULE)
    binary = candidate("binary", table("abc"))
    assert MemberPredictions.aligned([full, other]).outputs("test").shape == (2, 2, 7)
    assert MemberPredictions.aligned([full, binary]).columns == ["probability"]


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (
            candidate("two", table("abd")),
            "one and two don't share the split, so one may have been trained on what the other is "
            "scored on; val has 1 images that only one has: c; 1 images that only two has: d",
        ),
        (candidate("two", table("abc"), table("xyz")), "test has 1 images that only two has: z"),
        (candidate("two", table("abca")), "two: image a more than once in val"),
        (
            candidate("two", table("abc", label=[1, 0, 0])),
            "one and two label images differently: c",
        ),
    ],
)
def test_other_images_are_named(other: Candidate, text: str) -> None:
    with pytest.raises(DataError) as caught:
        MemberPredictions.aligned([candidate("one", table("abc")), other])
    assert text in str(caught.value)


def test_too_few_too_many_and_the_same_are_refused() -> None:
    paths = RevisionPaths(*[None] * 5)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="expected 2 to 15 revisions, received 1"):
        MemberPredictions.read([Revision("a", "1")], paths)
    with pytest.raises(DataError, match="expected 2 to 15 revisions, received 16"):
        MemberPredictions.read([Revision(str(n), str(n)) for n in range(16)], paths)
    with pytest.raises(DataError, match="a revision is there twice: HEAD, main"):
        MemberPredictions.read([Revision("HEAD", "1"), Revision("main", "1")], paths)

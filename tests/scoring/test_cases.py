"""Joining predictions and truth."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scoring.cases import read_cases
from lesion_pipeline.scoring.columns import ScoredColumns
from tests.scoring.tables import write

PREDICTED = "image,probability_malignant,error\nscans/a.jpg,0.25,\nscans/b.png,0.75,\n"
TRUTH = "image_id,dx,lesion_id,person\nb,mel,L2,P1\na,nv,L1,P1\n"


def test_the_output_of_lesion_predict_is_joined_by_image(tmp_path: Path) -> None:
    cases = read_cases(*write(tmp_path, PREDICTED, TRUTH), ScoredColumns())
    assert cases.table.drop(columns="cluster").to_dict("records") == [
        {"image_id": "a", "probability": 0.25, "label": 0, "lesion_id": "L1"},
        {"image_id": "b", "probability": 0.75, "label": 1, "lesion_id": "L2"},
    ]
    assert cases.table["cluster"].tolist() == ["L1", "L2"]
    assert (cases.cluster, cases.lesions_known, cases.left_out) == ("lesion", True, 0)


def test_other_names_of_columns_and_other_separators(tmp_path: Path) -> None:
    files = write(tmp_path, "file;p\na;0.1\nb;0.9\n", "pic\tdiagnosis\nb\tMM\na\tSK\n")
    names = ScoredColumns(
        image_id="file", probability="p", truth_id="pic", label="diagnosis", malignant=("MM",)
    )
    cases = read_cases(*files, names)
    assert cases.table["label"].tolist() == [0, 1]
    assert cases.table["lesion_id"].tolist() == cases.table["cluster"].tolist() == ["a", "b"]
    assert (cases.cluster, cases.lesions_known) == ("image", False)


def test_a_patient_is_the_cluster_and_a_lesion_has_one(tmp_path: Path) -> None:
    cases = read_cases(*write(tmp_path, PREDICTED, TRUTH), ScoredColumns(patient="person"))
    assert (cases.cluster, cases.table["cluster"].tolist()) == ("patient", ["P1", "P1"])
    assert cases.table["lesion_id"].tolist() == ["L1", "L2"]
    odd = TRUTH.replace("b,mel,L2,P1", "b,mel,L1,P2")
    with pytest.raises(DataError, match=r"^1 lesion of several patients: L1$"):
        read_cases(*write(tmp_path, PREDICTED, odd), ScoredColumns(patient="person"))


def test_images_that_failed_are_left_out_and_counted(tmp_path: Path) -> None:
    failed = PREDICTED + "scans/c.jpg,,can't be decoded\n"
    cases = read_cases(*write(tmp_path, failed, TRUTH + "c,nv,L3,P3\n"), ScoredColumns())
    assert (cases.left_out, cases.one_sided, len(cases.table)) == (1, 0, 2)


def test_an_empty_probability_without_a_reason_is_refused(tmp_path: Path) -> None:
    empty = PREDICTED + "scans/c.jpg,,\n"
    with pytest.raises(DataError, match=r"received 1 other value: '' in line 4$"):
        read_cases(*write(tmp_path, empty, TRUTH), ScoredColumns())


def test_images_on_one_side_only(tmp_path: Path) -> None:
    more = PREDICTED + "".join(f"scans/x{n}.jpg,0.5,\n" for n in range(7))
    files = write(tmp_path, more, TRUTH + "c,nv,L3,P3\n")
    with pytest.raises(DataError) as caught:
        read_cases(*files, ScoredColumns())
    p, t = files
    assert str(caught.value) == (
        f"7 images of {p} not in {t}: x0, x1, x2, x3, x4 and 2 more\n"
        f"1 image of {t} not in {p}: c\n"
        "--common scores the images that are in both"
    )
    cases = read_cases(*files, ScoredColumns(), common=True)
    assert (cases.one_sided, len(cases.table)) == (8, 2)


def test_nothing_in_common(tmp_path: Path) -> None:
    files = write(tmp_path, PREDICTED, "image_id,label\nz,1\n")
    with pytest.raises(DataError, match=r"have no image in common$"):
        read_cases(*files, ScoredColumns(), common=True)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    files = write(tmp_path, PREDICTED, TRUTH)
    with pytest.raises(DataError, match=r"t\.csv: no column nest; found image_id, dx, lesion_id"):
        read_cases(*files, ScoredColumns(lesion="nest"))

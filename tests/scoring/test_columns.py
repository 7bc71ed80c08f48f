"""What columns mean, and which values are refused."""

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scoring.columns import (
    bare_ids,
    column,
    labels_of,
    probabilities_of,
    refuse_empty,
)


def texts(*values: str, name: str = "x") -> pd.Series:
    return pd.Series(values, range(2, 2 + len(values)), name=name, dtype="str")


def test_a_column_is_the_one_named_or_the_first_usual_one() -> None:
    table = pd.DataFrame(columns=["image", "p", "image_id"])
    assert column(table, "p", ("image_id",), "t.csv") == "p"
    assert column(table, None, ("image_id", "image"), "t.csv") == "image_id"
    for given, wanted in (("q", "q"), (None, "a or b")):
        with pytest.raises(DataError) as caught:
            column(table, given, ("a", "b"), "t.csv")
        assert str(caught.value) == f"t.csv: no column {wanted}; found image, p, image_id"


def test_ids_are_compared_without_folder_and_ending() -> None:
    ids = texts("a/b/I1.jpg", "c\\I2.PNG", "I3", "I4.v2", "I5.v2.jpeg")
    assert bare_ids(ids, "p.csv").tolist() == ["I1", "I2", "I3", "I4.v2", "I5.v2"]


def test_ids_that_are_there_twice_are_named_with_their_lines() -> None:
    with pytest.raises(DataError) as caught:
        bare_ids(texts("a/1.jpg", "2", "b/1.jpg", "2"), "p.csv")
    told = "p.csv: 2 images more than once: 1 (lines 2, 4), 2 (lines 3, 5)"
    assert str(caught.value) == told


def test_an_empty_cell_is_named() -> None:
    with pytest.raises(DataError, match=r"^t\.csv: x is empty in 2 rows: line 3, line 5$"):
        refuse_empty(texts("a", "", "b", ""), "t.csv")


@pytest.mark.parametrize(
    ("values", "malignant", "labels"),
    [
        (("0", "1", "1.0", "0.0"), None, [0, 1, 1, 0]),
        (("benign", "Malignant"), None, [0, 1]),
        (("nv", "mel", "bcc", "akiec", "df"), None, [0, 1, 1, 1, 0]),
        (("MEL", "SK", "NV"), ("MEL",), [1, 0, 0]),
        (("0", "1"), ("0",), [1, 0]),
    ],
)
def test_labels(values: tuple[str, ...], malignant: tuple[str, ...], labels: list[int]) -> None:
    assert labels_of(texts(*values), malignant, "t.csv").tolist() == labels


@pytest.mark.parametrize(
    ("values", "malignant", "message"),
    [
        (("1", ""), None, "t.csv: x is empty in 1 row: line 3"),
        (
            ("SK", "1", "MM", "SK"), None,
            "t.csv: which values of x are malignant? Name them (--malignant); unknown: "
            "'SK' in 2 rows, 'MM' in 1 row",
        ),
        (
            ("SK", "SK"), ("MEL", "SK"),
            "t.csv: no row has the malignant x MEL; found 'SK' in 2 rows",
        ),
    ],
)  # fmt: skip
def test_labels_that_can_not_be_understood(
    values: tuple[str, ...], malignant: tuple[str, ...] | None, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        labels_of(texts(*values), malignant, "t.csv")
    assert str(caught.value) == message


def test_probabilities() -> None:
    assert probabilities_of(texts("0", "1e-3", "1"), "p.csv").tolist() == [0, 0.001, 1]
    with pytest.raises(DataError) as caught:
        probabilities_of(texts("0.5", "1.2", "", "-0.1", "nan", "x"), "p.csv")
    assert str(caught.value) == (
        "p.csv: x: expected numbers from 0 to 1, received 5 other values: '1.2' in line 3, '' in "
        "line 4, '-0.1' in line 5, 'nan' in line 6, 'x' in line 7"
    )

"""The table of a collection: read, and checked whole."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lesion_pipeline.data.metadata import COLUMNS, check_images, read_metadata
from lesion_pipeline.errors import DataError

HEADER = ",".join(COLUMNS)
GOOD = "L1,I1,nv,histo,45,male,back"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., pd.DataFrame]:
    """Give a function that writes these lines and reads them."""

    def lines(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> pd.DataFrame:
        text = "\n".join([header, *rows]) + "\n"
        (tmp_path / "metadata.csv").write_text(text, encoding=encoding)
        return read_metadata(tmp_path / "metadata.csv")

    return lines


def problems(read: Callable[..., pd.DataFrame], *rows: str) -> list[str]:
    with pytest.raises(DataError) as error:
        read(*rows)
    return str(error.value).splitlines()[1:]


def test_columns_come_in_order_and_others_go(read: Callable[..., pd.DataFrame]) -> None:
    table = read("x,back,I1,L1,nv,histo,45,male", header="note,localization,image_id,lesion_id,"
                 "dx,dx_type,age,sex")  # fmt: skip
    expected = dict(zip(COLUMNS, ("L1", "I1", "nv", "histo", 45.0, "male", "back"), strict=True))
    assert list(table.columns) == list(COLUMNS)
    assert table.to_dict("records") == [expected]


@pytest.mark.parametrize("ages", [("45", "50"), ("45.5", ""), ("", ""), ("0", "120")])
def test_age_is_a_float_and_may_be_missing(
    read: Callable[..., pd.DataFrame], ages: tuple[str, str]
) -> None:
    table = read(*(f"L{n},I{n},nv,histo,{age},male,back" for n, age in enumerate(ages)))
    assert table["age"].dtype == np.float64
    assert table["age"].fillna(-1).tolist() == [float(age or -1) for age in ages]


def test_what_is_not_required_may_be_missing(read: Callable[..., pd.DataFrame]) -> None:
    assert read("L1,I1,nv,,,,").isna().sum().sum() == 4


def test_an_id_of_digits_stays_text(read: Callable[..., pd.DataFrame]) -> None:
    assert read("007,0010,nv,,,,").loc[0, "image_id"] == "0010"


def test_a_byte_order_mark_is_no_part_of_the_name(read: Callable[..., pd.DataFrame]) -> None:
    assert read(GOOD, encoding="utf-8-sig").loc[0, "lesion_id"] == "L1"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",I2,nv,,,,", "  lesion_id empty: '' (line 3)"),
        ("L2,,nv,,,,", "  image_id empty: '' (line 3)"),
        ("L2,I2,,,,,", "  dx empty: '' (line 3)"),
        ("L2,I1,nv,,,,", "  image_id not unique: 'I1' (line 2), 'I1' (line 3)"),
        (
            "L2,I2,melanoma,,,,",
            "  dx unknown, expected one of akiec, bcc, bkl, df, mel, nv, vasc: 'melanoma' (line 3)",
        ),
        ("L1,I2,mel,,,,", "  lesion_id one lesion with several dx: 'L1' (line 2), 'L1' (line 3)"),
        ("L2,I2,nv,,abc,,", "  age expected years from 0 to 120 or nothing: 'abc' (line 3)"),
        ("L2,I2,nv,,300,,", "  age expected years from 0 to 120 or nothing: '300' (line 3)"),
        ("L2,I2,nv,,-1,,", "  age expected years from 0 to 120 or nothing: '-1' (line 3)"),
        ("L2,I2,nv,,inf,,", "  age expected years from 0 to 120 or nothing: 'inf' (line 3)"),
        ("L2,../I2,nv,,,,", "  image_id not usable as a file name: '../I2' (line 3)"),
        ("L2,a\\b,nv,,,,", "  image_id not usable as a file name: 'a\\\\b' (line 3)"),
        ("L2,..,nv,,,,", "  image_id not usable as a file name: '..' (line 3)"),
    ],
)
def test_a_problem_is_told_with_value_and_line(
    read: Callable[..., pd.DataFrame], row: str, problem: str
) -> None:
    assert problems(read, GOOD, row) == [problem]


def test_all_kinds_of_problem_are_told_at_once(read: Callable[..., pd.DataFrame]) -> None:
    rows = (GOOD, "L1,I1,mel,,abc,,", ",../x,what,,300,,", "L3,,nv,,,,", "L4,I4,,,,,")
    with pytest.raises(DataError) as error:
        read(*rows)
    first, *kinds = str(error.value).splitlines()
    assert first.endswith("metadata.csv: 8 kinds of problem")
    assert [kind.split(":")[0].split(",")[0].strip() for kind in kinds] == [
        "lesion_id empty",
        "image_id empty",
        "dx empty",
        "image_id not unique",
        "dx unknown",
        "lesion_id one lesion with several dx",
        "age expected years from 0 to 120 or nothing",
        "image_id not usable as a file name",
    ]


def test_missing_columns_are_named(read: Callable[..., pd.DataFrame]) -> None:
    with pytest.raises(DataError, match=r": missing column lesion_id, age; found image_id, dx, "):
        read("I1,nv,histo,male,back", header="image_id,dx,dx_type,sex,localization")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", r" can't be read as a CSV table in UTF-8: No columns to parse from file$"),
        (HEADER.encode() + b"\n", r": no rows$"),
        (f"{HEADER}\nL1,I1,nv,,,,R\xfccken\n".encode("latin-1"), r" can't be read .* 'utf-8'"),
        (f"{HEADER}\n{GOOD},x\n".encode(), r": the rows have more fields than the header$"),
        (
            f"{HEADER}\n{GOOD}\n{GOOD},x\n".encode(),
            r" can't .* Expected 7 fields in line 3, saw 8\Z",
        ),
        (b"\x00\x01\x02", r": no rows$"),
        (None, r" not found$"),
    ],
    ids=["empty", "header", "latin-1", "more-fields", "one-more-field", "binary", "missing"],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "metadata.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"metadata\.csv" + problem):
        read_metadata(tmp_path / "metadata.csv")


CELLS = [
    "",
    "nv",
    "mel",
    "L1",
    "I1",
    "I2",
    "..",
    "45",
    "1e400",
    "NaN",
    '"',
    '"a\nb"',
    " ",
    "\0",
    "é",
]
ROWS = st.lists(st.lists(st.sampled_from(CELLS), max_size=9).map(",".join), max_size=5)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60) | ROWS.map(lambda rows: "\n".join([HEADER, *rows]).encode()))
@example(content=f"{HEADER}\n{GOOD}\n".encode())
def test_any_bytes_give_a_checked_table_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("any") / "metadata.csv"
    file.write_bytes(content)
    try:
        table = read_metadata(file)
    except DataError as error:
        assert str(file) in str(error)
    else:
        assert list(table.columns) == list(COLUMNS)
        assert table["image_id"].is_unique


def test_images_and_rows_that_belong_together_pass() -> None:
    check_images(pd.DataFrame({"image_id": ["a", "b"]}), {"b", "a"})


def test_both_sides_of_a_mismatch_are_listed() -> None:
    with pytest.raises(DataError) as error:
        check_images(pd.DataFrame({"image_id": ["a", "c", "b"]}), {"a", "e", "d"})
    assert str(error.value).splitlines() == [
        "2 rows of the metadata without an image: b, c",
        "2 images without a row in the metadata: d, e",
    ]

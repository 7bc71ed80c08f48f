"""The table of a collection: read, and checked whole."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_csv, write_csv
from lesion_pipeline.tables.metadata import MISSING, check_images, read_metadata
from lesion_pipeline.tables.params import COLUMNS, OURS, Columns, TableParams

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
            "  dx unknown, expected akiec, bcc, bkl, df, mel, nv, vasc; or benign and malignant "
            "only: 'melanoma' (line 3)\n"
            """Hint: -S 'fetch.diagnoses="{melanoma: mel}"'""",
        ),
        ("L1,I2,mel,,,,", "  lesion_id one lesion with several dx: 'L1' (line 2), 'L1' (line 3)"),
        ("L2,I2,nv,,abc,,", "  age expected years from 0 to 120 or nothing: 'abc' (line 3)"),
        ("L2,I2,nv,,300,,", "  age expected years from 0 to 120 or nothing: '300' (line 3)"),
        ("L2,I2,nv,,-1,,", "  age expected years from 0 to 120 or nothing: '-1' (line 3)"),
        ("L2,I2,nv,,inf,,", "  age expected years from 0 to 120 or nothing: 'inf' (line 3)"),
        ("L2,../I2,nv,,,,", "  image_id not usable as a file name: '../I2' (line 3)"),
        ("L2,a\\b,nv,,,,", "  image_id not usable as a file name: 'a\\\\b' (line 3)"),
        ("L2,..,nv,,,,", "  image_id not usable as a file name: '..' (line 3)"),
        ("L2,.I2,nv,,,,", "  image_id not usable as a file name: '.I2' (line 3)"),
        ("L2,I\t2,nv,,,,", "  image_id not usable as a file name: 'I\\t2' (line 3)"),
    ],
)
def test_a_problem_is_named_with_value_and_line(
    read: Callable[..., pd.DataFrame], row: str, problem: str
) -> None:
    assert problems(read, GOOD, row) == problem.splitlines()


def test_all_kinds_of_problem_are_named_at_once(read: Callable[..., pd.DataFrame]) -> None:
    rows = (GOOD, "L1,I1,mel,,abc,,", ",../x,what,,300,,", "L3,,nv,,,,", "L4,I4,,,,,")
    with pytest.raises(DataError) as error:
        read(*rows)
    first, *kinds, hint = str(error.value).splitlines()
    assert hint == """Hint: -S 'fetch.diagnoses="{what: ?}"'"""
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
    with pytest.raises(DataError) as error:
        read("I1,nv,histo,male,back", header="image_id,dx,dx_type,sex,localization")
    assert str(error.value).split("metadata.csv: ")[1] == (
        "missing column lesion_id, age; found image_id, dx, dx_type, sex, localization\n"
        "Hint: -S fetch.columns.lesion_id=NAME -S fetch.columns.age=null (the table's name of the "
        "column; null: it has none; lesion_id=image_id treats each image as a lesion)"
    )


def test_lines_are_those_of_the_file(read: Callable[..., pd.DataFrame]) -> None:
    rows = ('L1,I1,nv,histo,45,male,"back,\nleft\nside"', "", ",,,,,,", "L2,I1,nv,,300,,", "", "")
    assert problems(read, *rows) == [
        "  image_id not unique: 'I1' (line 2), 'I1' (line 7)",
        "  age expected years from 0 to 120 or nothing: '300' (line 7)",
    ]


def test_a_long_name_is_refused_by_its_bytes(read: Callable[..., pd.DataFrame]) -> None:
    assert len(read(f"L1,{'é' * 100},nv,,,,")) == 1
    (problem,) = problems(read, f"L1,{'é' * 100}x,nv,,,,")
    assert problem.startswith("  image_id not usable as a file name: 'éé")


@pytest.mark.parametrize("word", MISSING)
def test_what_stands_for_nothing_is_what_our_own_tables_take_for_it(
    read: Callable[..., pd.DataFrame], tmp_path: Path, word: str
) -> None:
    assert read(f"L1,I1,nv,{word},{word},,")[["dx_type", "age"]].isna().all(axis=None)
    (tmp_path / "own.csv").write_text(f"number,word\n1,{word}\n")
    assert read_csv(tmp_path / "own.csv", word="str")["word"].isna().all()


def own(**columns: str | None) -> TableParams:
    """Column names that differ from ours."""
    names = OURS.columns.model_dump() | columns
    return TableParams(columns=Columns(**names), diagnoses={"melanoma": "mel", "naevus": "nv"})


def test_a_collection_may_have_names_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "isic_id,patient,diagnosis,sex,age\nI1,P1,melanoma,male,60\nI2,P2,nv,,\n"
    )
    params = own(
        image_id="isic_id", lesion_id="patient", dx="diagnosis", dx_type=None, localization=None
    )
    table = read_metadata(tmp_path / "a.csv", params=params)
    assert list(table.columns) == list(COLUMNS)
    assert table[["lesion_id", "image_id", "dx"]].to_numpy().tolist() == [
        ["P1", "I1", "mel"],
        ["P2", "I2", "nv"],
    ]
    assert table["age"].fillna(-1).tolist() == [60, -1]
    assert table[["dx_type", "localization"]].isna().all(axis=None)


def test_two_of_our_columns_may_be_one_of_theirs(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{GOOD}\n")
    table = read_metadata(tmp_path / "a.csv", params=own(lesion_id="image_id"))
    assert table.loc[0, "lesion_id"] == "I1"


def test_each_image_may_be_a_lesion_whatever_its_column_is_called(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file,dx,dx_type,age,sex,localization\nI1,nv,,,,\n")
    params = own(image_id="file", lesion_id="image_id")
    assert read_metadata(tmp_path / "a.csv", params=params).loc[0, "lesion_id"] == "I1"


def test_unknown_labels_are_told_once_the_most_frequent_first(
    read: Callable[..., pd.DataFrame],
) -> None:
    rows = ["L0,I0,naevus,,,,", *(f"L{n},I{n},basal cell carcinoma,,,," for n in range(1, 168))]
    (kind, hint) = problems(read, *rows)
    assert kind.split("only: ")[1] == (
        "'basal cell carcinoma' (167 rows, the first in line 3), 'naevus' (line 2)"
    )
    assert hint == ("""Hint: -S 'fetch.diagnoses="{naevus: ?, basal cell carcinoma: bcc}"'""")


def test_benign_and_malignant_are_labels_without_diagnoses(
    read: Callable[..., pd.DataFrame],
) -> None:
    table = read("L1,I1,benign,,,,", "L2,I2,malignant,,,,")
    assert table["dx"].tolist() == ["benign", "malignant"]
    (kind, _) = problems(read, "L1,I1,benign,,,,", "L2,I2,mel,,,,")
    assert kind.endswith("or benign and malignant only: 'benign' (line 2)")


def read_for(tmp_path: Path, images: set[str], *image_ids: str) -> list[str]:
    rows = [f"L{n},{image_id},nv,,,," for n, image_id in enumerate(image_ids)]
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return read_metadata(tmp_path / "a.csv", images=images)["image_id"].tolist()


def test_an_ending_is_removed_where_only_that_names_an_image(tmp_path: Path) -> None:
    images = {"a", "b", "c.jpg", "c"}
    assert read_for(tmp_path, images, "a.jpg", "b", "c.jpg", "d.png") == [
        "a", "b", "c.jpg", "d.png",
    ]  # fmt: skip


def test_an_image_with_and_without_its_ending_is_there_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"image_id not unique: 'a' \(line 2\), 'a' \(line 3\)"):
        read_for(tmp_path, {"a"}, "a.jpg", "a")


def test_their_name_is_missing_not_ours(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{GOOD}\n")
    with pytest.raises(DataError, match=": missing column isic_id; found lesion_id, image_id, "):
        read_metadata(tmp_path / "a.csv", params=own(image_id="isic_id"))


def test_diagnoses_that_become_one_are_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}\nL1,I1,mel,,,,\nL1,I2,melanoma,,,,\n")
    assert read_metadata(tmp_path / "a.csv", params=own())["dx"].tolist() == ["mel", "mel"]


CELLS = [
    "", "nv", "mel", "melanoma", "L1", "I1", "I2", "..", "45", "1e400", "NaN", "<NA>", '"', "'",
    '"a\nb"', '"a\rb"', '"a""b"', " ", "\0", "é", "e\u0301", "\ufeff", "\x1c", "\u2028",
]  # fmt: skip
GOOD_ROWS = st.tuples(
    st.sampled_from(CELLS), st.integers(0, 99), st.sampled_from(["nv", "mel"]),
    st.sampled_from(CELLS), st.sampled_from(["", "45", "45.5"]), st.sampled_from(CELLS),
    st.sampled_from(CELLS),
).map(lambda row: ",".join(map(str, row)))  # fmt: skip
ROWS = st.lists(st.lists(st.sampled_from(CELLS), max_size=9).map(",".join) | GOOD_ROWS, max_size=5)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXTS = st.builds(lambda rows, end: end.join([HEADER, *rows]).encode(), ROWS, ENDS)
CODED = st.builds(
    lambda rows, end, code: end.join([HEADER, *rows]).encode(code, errors="replace"),
    ROWS, ENDS, st.sampled_from(["latin-1", "utf-16", "utf-8-sig"]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=60) | TEXTS | CODED)
@example(content=f"{HEADER}\n{GOOD}\n".encode())
@example(content=f"{HEADER}\n{GOOD},\n{'x' * 200_000}\n".encode())
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
        write_csv(file, table)
        pd.testing.assert_frame_equal(read_metadata(file), table)  # what fetch writes, split reads


def test_images_and_rows_that_belong_together_pass() -> None:
    check_images(pd.DataFrame({"image_id": ["a", "b"]}), {"b", "a"})


def test_both_sides_of_a_mismatch_are_listed() -> None:
    with pytest.raises(DataError) as error:
        check_images(pd.DataFrame({"image_id": ["a", "c", "b"]}), {"a", "e", "d"})
    assert str(error.value).splitlines() == [
        "2 rows of the metadata without an image: b, c",
        "2 images without a row in the metadata: d, e",
    ]


def test_ids_of_another_column_are_told() -> None:
    with pytest.raises(DataError) as error:
        check_images(pd.DataFrame({"image_id": ["1", "2"]}), {"a", "b"})
    assert str(error.value).splitlines()[2] == (
        "Hint: no image_id is the name of a file, such as a: fetch.columns.image_id names the "
        "column with the names of the files"
    )

"""Tables that a user gives to the stage split."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.splitting.user_split import PAIR, UserSplit, read_user_split


def read(folder: Path, text: str | bytes, key: str) -> UserSplit:
    file = folder / "mine.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_user_split(folder, *((str(file), None) if key == "sides" else (None, str(file))))


def test_nothing_is_given() -> None:
    assert read_user_split(Path("splits"), None, None) == UserSplit(None, None)


@pytest.mark.parametrize(
    "text",
    [
        "image_id,split\nI1,train\nI2,test\n",
        "lesion_id,age,split,image_id\nL1,3,train,I1\nL2,,test,I2\n",
        "\ufeffsplit, image_id\r\ntrain, I1\r\ntest,I2 \r\n",
        "image_id;split;note\nI1;train;a,b,c\nI2;test;\n",
        'split\t"image_id"\r"train"\tI1\rtest\tI2',
    ],
)
def test_sides_are_found_by_the_names_of_their_columns(tmp_path: Path, text: str) -> None:
    sides = read(tmp_path, text, "sides").sides
    assert sides is not None
    assert sides.rows.columns.tolist() == ["image_id", "split"]
    assert sides.rows.reset_index().values.tolist() == [[2, "I1", "train"], [3, "I2", "test"]]


def test_a_lesion_names_a_side_where_no_image_does(tmp_path: Path) -> None:
    sides = read(tmp_path, "lesion_id,split\n007,train\nNA,val\n", "sides").sides
    assert sides is not None
    assert sides.rows.to_dict("list") == {"lesion_id": ["007", "NA"], "split": ["train", "val"]}


def test_lines_are_counted_with_those_that_are_empty(tmp_path: Path) -> None:
    sides = read(tmp_path, "image_id,split\n\nI1,train\n,\nI2,val\n", "sides").sides
    assert sides is not None and sides.rows.index.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("lesion_id_a,lesion_id_b\nL1,L2\nL3,L4\n", [2, 3]),
        ("dx,lesion_id_b,similarity,lesion_id_a\nnv,L2,.9,L1\nmel,L4,.8,L3\n", [2, 3]),
        ("L1,L2\nL3,L4\n", [1, 2]),
        ("\ufeffL1;L2\r\n\r\nL3;L4", [1, 3]),
        ("lesion_id_b\tlesion_id_a\nL2\tL1\nL4\tL3\n", [2, 3]),
    ],
)
def test_pairs_have_a_header_or_two_columns(tmp_path: Path, text: str, lines: list[int]) -> None:
    pairs = read(tmp_path, text, "pairs").pairs
    assert pairs is not None
    assert pairs.rows.columns.tolist() == list(PAIR)
    assert pairs.rows.values.tolist() == [["L1", "L2"], ["L3", "L4"]]
    assert pairs.rows.index.tolist() == lines


def test_accents_are_composed_as_in_the_metadata(tmp_path: Path) -> None:
    pairs = read(tmp_path, "e\u0301,n\u0303\n", "pairs").pairs
    assert pairs is not None and pairs.rows.values.tolist() == [["\u00e9", "\u00f1"]]


def test_a_list_of_which_all_pairs_were_deleted_is_empty(tmp_path: Path) -> None:
    pairs = read(tmp_path, "lesion_id_a,dx,lesion_id_b\n", "pairs").pairs
    assert pairs is not None and pairs.rows.empty


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("sides", "id,split\nI1,train\n",
         "expected columns image_id (or lesion_id) and split, found id, split"),
        ("sides", "image_id,split,split\nI1,train,val\n", "column more than once: split"),
        ("sides", "image_id,split\n", "no rows"),
        ("sides", "image_id,split\nI1\n",
         "expected 2 fields as in the first row, received 1 in line 2"),
        ("sides", b"image_id,split\n\xe9\xff,train\n",
         "byte 0xe9 in line 2 is not UTF-8; save the table as UTF-8"),
        ("pairs", "a,b,c\n1,2,3\n",
         "expected columns lesion_id_a, lesion_id_b, or two columns without a header"),
        ("pairs", "L1,L2\nL3\n", "expected 2 fields as in the first row, received 1 in line 2"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused(
    tmp_path: Path, key: str, text: str | bytes, problem: str
) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, text, key)
    name = {"sides": "split.file", "pairs": "split.same_lesion_pairs"}[key]
    assert str(error.value) == f"{name}: {tmp_path / 'mine.csv'}: {problem}"


@pytest.mark.parametrize("text", [b"", b"\n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, text, "sides")
    assert str(error.value) == f"split.file: {tmp_path / 'mine.csv'} is empty"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_user_split(tmp_path, None, str(tmp_path / "none.csv"))
    assert str(error.value) == f"split.same_lesion_pairs: {tmp_path / 'none.csv'} not found"


@pytest.mark.parametrize("name", ["../mine.csv", "/tmp/mine.csv", "splits/../mine.csv"])
def test_a_file_that_dvc_does_not_watch_is_refused(name: str) -> None:
    with pytest.raises(DataError) as error:
        read_user_split(Path("splits"), name, None)
    told = f"split.file: expected a file in splits/, where DVC sees it change, received {name}"
    assert str(error.value) == told

"""A table in a text file: what is read, and on which line it stands."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.tables.delimited import parse_rows, read_delimited, tabulate

PLAIN = "a,b\n1,x\n2,y\n"


def read(folder: Path, content: bytes | str) -> list[tuple[object, ...]]:
    """Give the rows as (line, cells...) after checking the names of the columns."""
    file = folder / "t.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = read_delimited(file, "t.csv")
    assert list(table.columns) == ["a", "b"]
    return list(table.itertuples(name=None))


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.removesuffix("\n"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("x", '"x"').replace("a", '"a"'),
        PLAIN.replace(",", " , "),
        PLAIN + "\n \n,\n",
    ],
    ids=["lf", "no-end", "crlf", "cr", "semicolon", "tab", "bom", "quotes", "spaces", "blank-end"],
)
def test_every_spelling_of_a_table_gives_the_same(tmp_path: Path, content: bytes | str) -> None:
    assert read(tmp_path, content) == [(2, "1", "x"), (3, "2", "y")]


def test_lines_count_breaks_in_quotes_and_blank_lines(tmp_path: Path) -> None:
    content = '\na,b\n1,"x\r\ny\rz"\n\n2,"c;d"\n'
    assert read(tmp_path, content) == [(3, "1", "x y z"), (7, "2", "c;d")]


def test_a_separator_within_cells_does_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1;2;3,4;5;6\n") == [(2, "1;2;3", "4;5;6")]


def test_accents_are_composed(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\ne\u0301,n\u0303\n") == [(2, "é", "ñ")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "t.csv is empty"),
        (" \n\n", "t.csv is empty"),
        ("a,b\n", "t.csv: no rows"),
        ("a,b\n,\n\n", "t.csv: no rows"),
        ("a,b,a\n1,2,3\n", "t.csv: column more than once: a"),
        (
            "a,b\n1,2,3\n4,5\n6\n",
            "t.csv: expected 2 fields as in the first row, received 3 in line 2, 1 in line 4",
        ),
        (
            "a,b\n1,R\xfccken\n".encode("latin-1"),
            "t.csv: byte 0xfc in line 2 is not UTF-8; save the table as UTF-8",
        ),
        (
            PLAIN.encode("utf-16"),
            "t.csv: byte 0xff in line 1 is not UTF-8; save the table as UTF-8",
        ),
        ("a,b\r1,\x00\r", "t.csv: NUL byte in line 2: this is not text"),
        ('a,b\n1,2\n1,"x\n2,y\n', "t.csv: line 3: unexpected end of data"),
        ('a,b\n1,"x"y\n', "t.csv: line 2: ',' expected after '\"'"),
        ("a,b\n1," + 200_000 * "x", "t.csv: line 2: field larger than field limit (131072)"),
    ],
    ids=["empty", "blank", "header", "blank-rows", "column-twice", "fields", "latin-1", "utf-16",
         "nul", "open-quote", "quote-inside", "long"],
)  # fmt: skip
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes | str, problem: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, content)
    assert str(error.value) == problem


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    for place, problem in ((tmp_path / "t", "t not found"), (tmp_path, "t can't be read: Is a")):
        with pytest.raises(DataError, match=problem):
            read_delimited(place, "t")


def test_rows_may_have_no_header_and_are_put_under_names() -> None:
    rows = parse_rows(b"1;x\n\n2;y\n", "t.csv")
    assert rows == [(1, ["1", "x"]), (3, ["2", "y"])]
    table = tabulate(rows, ("a", "b"), "t.csv")
    assert list(table.itertuples(name=None)) == [(1, "1", "x"), (3, "2", "y")]


def test_no_rows_can_be_put_under_names() -> None:
    table = tabulate([], ("a", "b"), "t.csv")
    assert table.empty and list(table.columns) == ["a", "b"]

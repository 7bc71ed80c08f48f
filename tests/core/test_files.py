"""What is half done can't be taken for whole."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from lesion_pipeline.core.digits import rounded
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import (
    read_csv,
    read_json,
    whole_file,
    whole_folder,
    write_csv,
    write_figures,
    write_json,
    write_tables,
    write_text,
)


def contents(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_folder_appears_at_the_end_only(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out") as partial:
        (partial / "new").write_text("1")
        assert not (tmp_path / "out").exists()
    assert contents(tmp_path) == {"out/new": "1"}


def test_a_folder_is_replaced_with_all_it_held(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old").write_text("0")
    with whole_folder(tmp_path / "out") as partial:
        (partial / "new").write_text("1")
        assert contents(tmp_path / "out") == {"old": "0"}
    assert contents(tmp_path) == {"out/new": "1"}


def test_after_an_error_the_folder_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old").write_text("0")
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "out") as partial:
        (partial / "new").write_text("1")
        _ = 1 / 0
    assert names(tmp_path) == ["out"]
    assert contents(tmp_path) == {"out/old": "0"}


def test_what_an_earlier_crash_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial/half").write_text("?")
    with whole_folder(tmp_path / "out") as partial:
        assert names(partial) == []
    assert names(tmp_path) == ["out"]


def test_a_folder_brings_its_parents(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "a/b/out"):
        pass
    assert (tmp_path / "a/b/out").is_dir()


def test_a_file_appears_at_the_end_only(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a/out") as partial:
        partial.write_text("1")
        assert not (tmp_path / "a/out").exists()
    assert contents(tmp_path) == {"a/out": "1"}


def test_after_an_error_the_file_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("0")
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "out") as partial:
        partial.write_text("1")
        _ = 1 / 0
    assert contents(tmp_path) == {"out": "0"}


def test_text_has_lf_and_utf8(tmp_path: Path) -> None:
    write_text(tmp_path / "out", "µm\nline\n")
    assert (tmp_path / "out").read_bytes() == b"\xc2\xb5m\nline\n"


def test_json_keeps_order_and_letters(tmp_path: Path) -> None:
    write_json(tmp_path / "out.json", {"b": 0.1, "a": "µ"})
    assert (tmp_path / "out.json").read_bytes() == '{\n  "b": 0.1,\n  "a": "µ"\n}\n'.encode()
    assert list(read_json(tmp_path / "out.json").items()) == [("b", 0.1), ("a", "µ")]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_refuses_what_is_no_json(tmp_path: Path, number: float) -> None:
    write_json(tmp_path / "out.json", {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "out.json", {"a": number})
    assert read_json(tmp_path / "out.json") == {"a": 1}
    assert names(tmp_path) == ["out.json"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"a": 1', " is not valid JSON: Expecting ',' delimiter: line 1 column 8 (char 7)"),
        (b"[1]", ": expected a JSON object, received list"),
        (None, " not found"),
    ],
)
def test_json_that_can_not_be_read(tmp_path: Path, content: bytes | None, problem: str) -> None:
    file = tmp_path / "in.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_json(file)
    assert str(error.value) == f"{file}{problem}"


@settings(max_examples=25, deadline=None)
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_of_a_table_read_back_rounded_and_thresholds_the_same(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    file = tmp_path_factory.mktemp("csv") / "out.csv"
    write_csv(file, pd.DataFrame({"x": numbers, "threshold": numbers}))
    found = read_csv(file, x="float64", threshold="float64")
    assert found["threshold"].tolist() == numbers
    assert found["x"].tolist() == [rounded(number) for number in numbers]


def test_a_table_has_lf_and_no_index(tmp_path: Path) -> None:
    write_tables(tmp_path, {"out": pd.DataFrame({"id": ["01", "02"], "x": [0.1, 1 / 3]})})
    expected = b"id,x\n01,0.1\n02,0.333333\n"
    assert (tmp_path / "out.csv").read_bytes() == expected


def test_columns_keep_their_types(tmp_path: Path) -> None:
    mixed = pd.Series([1, 2.5, None, "a", 1 / 3], dtype=object)
    table = pd.DataFrame(
        {"mixed": mixed, "whole": [1.0, 2.0, np.nan, 4.0, 1e6], "count": [1, 2, 3, 4, 1234567]}
    )
    write_csv(tmp_path / "out.csv", table)
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "mixed,whole,count", "1,1.0,1", "2.5,2.0,2", ",,3", "a,4.0,4", "0.333333,1000000.0,1234567",
    ]  # fmt: skip


def test_last_bits_change_no_file(tmp_path: Path) -> None:
    """As another processor's sums, logarithms and products would."""
    values = np.random.default_rng(0).uniform(size=200)
    for name, factor in (("one", 1), ("other", 1 + 1e-14)):
        moved = values * factor
        write_csv(tmp_path / f"{name}.csv", pd.DataFrame({"x": moved}))
        write_json(tmp_path / f"{name}.json", {"x": moved.tolist()})
    for kind in ("csv", "json"):
        first, second = (tmp_path / f"{name}.{kind}" for name in ("one", "other"))
        assert first.read_bytes() == second.read_bytes()


def test_the_type_of_a_column_can_be_fixed(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,n\n01,2\n")
    table = read_csv(tmp_path / "in.csv", id="str", n="float64")
    assert table.to_dict("records") == [{"id": "01", "n": 2.0}]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a,b\n1,2\n", r": missing column x$"),
        ("x\none\n", r" can't be read as a table: .*'one'"),
        ("", r" can't be read as a table: No columns to parse from file$"),
        ("x\n1\n2,3\n", r" can't be read as a table: .*Expected 1 fields in line 3, saw 2\Z"),
        (None, r" not found$"),
    ],
)
def test_a_table_that_can_not_be_read(tmp_path: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "in.csv").write_text(content)
    with pytest.raises(DataError, match=r"in\.csv" + problem):
        read_csv(tmp_path / "in.csv", x="float64")


def chart() -> Figure:
    figure = Figure(figsize=(1, 1))
    axes = figure.subplots()
    axes.fill_between([0, 1], [0, 1], hatch="/")
    axes.set_title("A chart")
    return figure


@pytest.mark.parametrize(
    ("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_figure_has_the_same_bytes_on_another_day_and_by_another_version(
    kind: str, begins: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_figures(tmp_path / "one", {"a": chart()}, kind, 80)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    monkeypatch.setattr("matplotlib.__version__", "9.9")
    write_figures(tmp_path / "two", {"a": chart()}, kind, 80)
    assert names(tmp_path / "one") == [f"a.{kind}"]
    one, two = ((tmp_path / folder / f"a.{kind}").read_bytes() for folder in ("one", "two"))
    assert one == two and one.startswith(begins)


def test_a_chart_has_the_dots_asked_for_and_images_keep_theirs(tmp_path: Path) -> None:
    picture = Figure(figsize=(1, 1), dpi=40)
    picture.subplots().imshow([[0, 1]])
    write_figures(tmp_path, {"chart": chart(), "picture": picture}, dpi=80)
    sizes = {name: Image.open(tmp_path / f"{name}.png").size for name in ("chart", "picture")}
    assert sizes == {"chart": (80, 80), "picture": (40, 40)}


@pytest.mark.parametrize(
    "write",
    [
        lambda file: write_text(file, "new"),
        lambda file: write_json(file, {"a": 1}),
        lambda file: write_csv(file, pd.DataFrame({"a": [1]})),
    ],
    ids=["text", "json", "csv"],
)
def test_a_link_is_replaced_and_its_target_kept(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    (tmp_path / "cache").write_text("old")
    (tmp_path / "out").symlink_to(tmp_path / "cache")
    write(tmp_path / "out")
    assert (tmp_path / "cache").read_text() == "old"
    assert not (tmp_path / "out").is_symlink()

"""Typed JSON between stages."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.results import Count, Fraction, Interval, Result


class Inner(Result):
    images: Count


class Example(Result):
    score: Fraction
    interval: Interval
    names: tuple[str, ...]
    inner: Inner
    note: str | None = None


EXAMPLE = Example(score=0.5, interval=(0.25, 0.75), names=("a", "b"), inner=Inner(images=3))
TEXT = """{
  "score": 0.5,
  "interval": [
    0.25,
    0.75
  ],
  "names": [
    "a",
    "b"
  ],
  "inner": {
    "images": 3
  }
}
"""


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text() == TEXT
    assert Example.read(tmp_path / "a.json") == EXAMPLE


def test_one_call_writes_the_result_and_its_copy(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path / "data/a.json", tmp_path / "metrics/a.json")
    for folder in ("data", "metrics"):
        assert (tmp_path / folder / "a.json").read_text() == TEXT


def test_an_undefined_value_is_null_and_one_that_was_not_given_is_absent(tmp_path: Path) -> None:
    undefined = Example(score=0.5, interval=None, names=(), inner=Inner(images=0))
    undefined.write(tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    assert '"interval": null' in text and "note" not in text
    assert Example.read(tmp_path / "a.json").interval is None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"score": 0.5,', "", "score: Field required"),
        ('"score": 0.5', '"score": 1.5', "score: expected less than or equal to 1"),
        ('"score": 0.5', '"score": "0.5"', "score: expected a valid number"),
        ('"images": 3', '"images": -1', "inner.images: expected greater than or equal to 0"),
        ('"images": 3', '"images": 3, "more": 1', "inner.more: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_key_is_named_with_its_file(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    file = tmp_path / "a.json"
    assert old in TEXT
    file.write_text(TEXT.replace(old, new))
    with pytest.raises(DataError) as error:
        Example.read(file)
    assert str(error.value) == f"{file}: {problem}"


def test_all_wrong_keys_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"score": 2, "interval": null, "names": []}')
    with pytest.raises(DataError) as error:
        Example.read(file)
    assert str(error.value).endswith(
        "score: expected less than or equal to 1; inner: Field required"
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        Example.read(tmp_path / "a.json")
    assert str(error.value) == f"{tmp_path / 'a.json'} not found: run `dvc repro`"


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_what_is_no_such_json_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.json: "):
        Example.read(file)

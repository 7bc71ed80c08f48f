"""Formats of the output."""

import importlib.util
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.serve.output import OutputFormat, choose_format


@pytest.mark.parametrize(
    ("target", "asked", "form"),
    [
        (None, None, "csv"), (None, "jsonl", "jsonl"), ("a.JSON", None, "json"),
        ("a.jsonl", None, "jsonl"), ("a.txt", "csv", "csv"), ("a.json", "csv", "csv"),
    ],
)  # fmt: skip
def test_the_format_by_option_or_ending(
    target: str | None, asked: OutputFormat | None, form: OutputFormat
) -> None:
    assert choose_format(Path(target) if target else None, asked) == form


@pytest.mark.parametrize(
    ("target", "asked", "message"),
    [
        ("a.txt", None, "--output: a.txt: expected an ending of .csv, .json, .jsonl, .parquet, "
         "or --format"),
        (".", None, "--output: expected a file, received the folder ."),
        ("/dev/null", "csv", "--output: expected a file, received /dev/null, which is none"),
        (None, "parquet", "--format parquet: expected --output, received nothing"),
    ],
)  # fmt: skip
def test_a_format_that_cannot_be(
    target: str | None, asked: OutputFormat | None, message: str
) -> None:
    with pytest.raises(PipelineError) as caught:
        choose_format(Path(target) if target else None, asked)
    assert str(caught.value) == message


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is here")
def test_parquet_without_its_package_says_what_to_install() -> None:
    with pytest.raises(PipelineError, match=r"pyarrow, which isn't installed: pip install pyarrow"):
        choose_format(Path("a.parquet"), None)

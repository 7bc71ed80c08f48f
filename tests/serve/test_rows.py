"""Text of any file name as UTF-8."""

import os

import pytest

from lesion_pipeline.serve.rows import RowCounts, utf_8


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("a.jpg", b"a.jpg"),
        ("\u00e4.jpg", b"\xc3\xa4.jpg"),
        (os.fsdecode(b"a\xff.jpg"), b"a\\udcff.jpg"),
    ],
)
def test_bytes_that_are_no_text_are_escaped(text: str, encoded: bytes) -> None:
    assert utf_8(text) == encoded


def test_rows_are_counted() -> None:
    counts = RowCounts()
    for label, error in ((1, None), (0, None), (1, None), (None, "no such file")):
        counts.add({"image": "a.jpg", "predicted_label": label, "error": error})
    assert (counts.rows, counts.failed, counts.malignant) == (4, 1, 2)
    assert counts.text(None) == "3 images predicted, 1 failed"
    assert counts.text(0.0648775) == (
        "3 images predicted (2 malignant, 1 benign at threshold 0.0648775), 1 failed"
    )

"""Text of any file name as UTF-8."""

import os

import pytest

from lesion_pipeline.serve.rows import utf_8


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

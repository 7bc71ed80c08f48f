"""Silence of standard error, down to the file descriptor."""

import os

import pytest

from lesion_pipeline.tf.stderr import silent_stderr


def test_nothing_is_written_within_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    with silent_stderr():
        os.write(2, b"as C++ does\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_an_exception_is_raised_and_ends_the_silence(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), silent_stderr():
        raise KeyError
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"

"""Packages hidden from an import."""

import sys

import pytest

from lesion_pipeline.tf.hidden import hidden

NAME = "wave"  # of the standard library; nothing imports it


def test_a_hidden_package_can_not_be_imported_until_the_block_ends() -> None:
    sys.modules.pop(NAME, None)
    with hidden(NAME), pytest.raises(ImportError, match=NAME):
        __import__(NAME)
    assert __import__(NAME).__name__ == NAME


def test_a_package_that_is_there_stays() -> None:
    before = sys.modules["pytest"]
    with hidden("pytest"):
        assert __import__("pytest") is before
    assert sys.modules["pytest"] is before


def test_an_error_in_the_block_hides_nothing_for_longer() -> None:
    sys.modules.pop(NAME, None)
    with pytest.raises(ValueError, match="any"), hidden(NAME):
        raise ValueError("any")
    assert NAME not in sys.modules

"""A part of the shards, as a command line names it."""

import argparse
import subprocess
import sys

import pytest

from lesion_pipeline.shards.part import Part, read_part
from tests.code_deps import ROOT


def test_a_part_is_read() -> None:
    assert read_part("3/8") == Part(3, 8)


@pytest.mark.parametrize("text", ["0/8", "9/8", "3", "3/0", "-1/8", "a/b", "3/8 "])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected i/n with 1 <= i <= n"):
        read_part(text)


def test_commands_are_known_before_numpy_is_loaded() -> None:
    """Kernels are chosen by environment variables, which numpy reads when it is imported."""
    code = (
        "import sys; from lesion_pipeline import cli; cli._parser(); print('numpy' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False", found.stderr

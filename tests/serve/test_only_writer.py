"""Two processes and one output file."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.serve.only_writer import only_writer
from tests.code_deps import ROOT

HOLD = """
import sys
from pathlib import Path
from lesion_pipeline.serve.only_writer import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new" / "out.csv"


def hold(target: Path) -> "subprocess.Popen[str]":
    """Start another process that holds the file until its input ends."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(target)], cwd=ROOT, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    return other


def test_the_second_of_two_is_refused_until_the_first_ends(target: Path) -> None:
    with hold(target) as other:
        refused = pytest.raises(PipelineError, match=r"another process is writing to .*out\.csv")
        with refused, only_writer(target):
            pass
        other.communicate("", timeout=30)
    with only_writer(target):
        assert [file.name for file in target.parent.iterdir()] == ["out.csv.lock.partial"]
    assert list(target.parent.iterdir()) == []


def test_a_killed_process_holds_nothing(target: Path) -> None:
    with hold(target) as other:
        other.send_signal(signal.SIGKILL)
        other.wait(30)
        with only_writer(target):
            pass
    assert list(target.parent.iterdir()) == []

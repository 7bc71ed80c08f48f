"""The bytes of the project's pieces are those of expected.json, on this processor too."""

import json
import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.code_deps import ROOT

EXPECTED: dict[str, str] = json.loads(
    (Path(__file__).with_name("expected.json")).read_text(encoding="utf-8")
)
OPTIONAL = {"formats: model.onnx": "tf2onnx"}  # package that only this piece needs


def cpu_flags() -> set[str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return set(next(line for line in lines if line.startswith("flags")).split())


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """The hashes of all pieces, computed in a process of their own."""
    if platform.machine() != "x86_64" or "avx2" not in cpu_flags():
        pytest.skip("portable kernels are for x86-64 processors with AVX2")
    command = [sys.executable, "-m", "tests.portability.pieces"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: hashed for line in lines for name, hashed in line.items()}


@pytest.mark.slow
@pytest.mark.parametrize("piece", EXPECTED)
def test_a_piece_has_the_same_bytes_everywhere(piece: str, found: dict[str, str]) -> None:
    package = OPTIONAL.get(piece)
    if package and not find_spec(package):
        pytest.skip(f"needs {package}")
    assert found.get(piece) == EXPECTED[piece], f"another result on this processor: {piece}"


@pytest.mark.slow
def test_no_piece_is_left_out_of_the_expected_ones(found: dict[str, str]) -> None:
    assert set(found) <= set(EXPECTED), "run `python -m tests.portability.pieces --write`"

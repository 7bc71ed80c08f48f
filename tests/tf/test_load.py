"""The import of TensorFlow."""

import subprocess
import sys

import pytest

from lesion_pipeline.tf.load import deterministic, tf
from tests.code_deps import ROOT


@pytest.mark.slow
def test_the_import_prints_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import lesion_pipeline.tf.load"], cwd=ROOT, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_seed_decides_what_is_drawn() -> None:
    drawn = []
    for seed in (1, 1, 2):
        deterministic(seed)
        drawn.append(float(tf.random.uniform([])))
    assert drawn[0] == drawn[1] != drawn[2]

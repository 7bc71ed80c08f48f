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


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_too_little_memory_is_told_in_a_line() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20))\n"
        "import lesion_pipeline.tf.load"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: not enough memory to load TensorFlow: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_import_leaves_out_what_keras_does_not_need_and_others_still_can_import_it() -> None:
    code = (
        "import sys; import lesion_pipeline.tf.load\n"
        "print({'sklearn', 'matplotlib'} & set(sys.modules))\n"
        "import sklearn, matplotlib; print('imported')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\nimported\n", "")

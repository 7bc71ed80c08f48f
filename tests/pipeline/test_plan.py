"""`lesion plan` against what a run of the pipeline then took on the disk."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from lesion_pipeline.disk import size_of
from tests.commands import LESION, run, set_params

pytestmark = pytest.mark.slow
FOLDERS = {"fetch": "raw", "preprocess": "tfrecords", "backbone": "backbone",
           "embed": "embeddings", "train": "model", "export": "export"}  # fmt: skip
UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


def planned(text: str) -> dict[str, float]:
    """Return the bytes of each stage from what the command printed."""
    lines = re.findall(r"^(\w+) +([\d.]+) (kB|MB|GB) ", text, re.MULTILINE)
    return {stage: float(number) * UNITS[unit] for stage, number, unit in lines}


def test_the_plan_is_what_a_run_takes_within_a_quarter(project: Path) -> None:
    text = run(project, sys.executable, "-c", LESION, "plan")
    found = planned(text)
    for stage, folder in FOLDERS.items():
        assert found[stage] == pytest.approx(size_of(project / "data" / folder), rel=0.25), stage
    assert re.search(r"^\d+ images \(\d+ train, \d+ val, \d+ test\), counted in data/\.$",
                     text, re.MULTILINE)  # fmt: skip
    assert not re.search(r"^embed .* ~$", text, re.MULTILINE)  # it has run here


def test_before_anything_has_run_it_is_as_near(project: Path, copied: Path) -> None:
    """Nothing but params.yaml and the numbers in it is known then."""
    (copied / "dvc.lock").unlink()
    for name in ("logs", "data"):
        shutil.rmtree(copied / name)
    text = run(copied, sys.executable, "-c", LESION, "plan")
    found = planned(text)
    assert "about, from fetch.sample.lesions" in text
    for stage, folder in FOLDERS.items():
        assert found[stage] == pytest.approx(size_of(project / "data" / folder), rel=0.25), stage


def test_with_other_parameters_it_is_of_these(copied: Path) -> None:
    """Twice the side is four times the pixels, and png about half of them."""
    before = planned(run(copied, sys.executable, "-c", LESION, "plan"))
    set_params(copied, {"preprocess.image_size": 128, "embed.augmentations": 3})
    after = planned(run(copied, sys.executable, "-c", LESION, "plan"))
    assert after["preprocess"] == pytest.approx(4 * before["preprocess"], rel=0.05)
    assert after["embed"] == pytest.approx(2 * before["embed"], rel=0.2)
    set_params(copied, {"preprocess.encoding": "png"})
    assert (
        planned(run(copied, sys.executable, "-c", LESION, "plan"))["preprocess"]
        < 0.7 * after["preprocess"]
    )

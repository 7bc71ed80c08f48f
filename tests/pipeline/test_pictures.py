"""Pictures of persons: no stage draws them into a folder that git keeps."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.code_deps import ROOT
from tests.commands import run, set_params

pytestmark = pytest.mark.slow

# Found in dvc.yaml, so a new stage is tested as well: what reads images and writes plots.
DRAWING = [
    name
    for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].items()
    if "data/raw/images" in stage["deps"]
    and any("plots/" in str(plot) for plot in stage.get("plots", []))
]


def test_the_four_stages_are_found() -> None:
    assert set(DRAWING) >= {"explore", "audit", "draw", "explain"}


def pictures(folder: Path, stage: str) -> tuple[set[str], set[str]]:
    """Run a stage of a repository; return the pictures in plots/ and those in data/pictures."""
    places = folder / "plots" / stage, folder / "data/pictures" / stage
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
    run(folder, sys.executable, "-m", f"stages.{stage}")
    tracked, ignored = ({file.name for file in place.rglob("*.png")} for place in places)
    return tracked, ignored


def of_a_clinic(folder: Path) -> None:
    """Let the collection be one that isn't generated."""
    file = folder / "data/raw/collection.json"
    content = json.loads(file.read_text())
    file.unlink()  # a link to the cache
    file.write_text(json.dumps(content | {"generated": False, "source": "local"}))


@pytest.mark.parametrize("stage", DRAWING)
def test_images_of_persons_never_get_into_git(copied: Path, stage: str) -> None:
    (copied / "plots/audit/near_duplicates.csv").unlink()
    set_params(copied, {"audit.similarity": 0.05})  # there are pairs to draw
    generated, none = pictures(copied, stage)
    assert generated and not none

    of_a_clinic(copied)
    off, none = pictures(copied, stage)
    assert not none
    assert "are not drawn" in (copied / f"data/pictures/{stage}/README.txt").read_text()
    figures = copied / "data/figures" / stage  # what the report shows
    assert not list(figures.glob("*.jpg"))

    set_params(copied, {"pictures.real_images": True})
    asked, drawn = pictures(copied, stage)
    assert drawn, "what shows images goes to data/pictures"
    assert {file.stem for file in figures.glob("*.jpg")} <= {Path(name).stem for name in drawn}
    assert list(figures.glob("*.jpg"))
    assert asked == off, "the switch changes nothing in plots/"
    assert off == generated - drawn, "what shows images isn't in plots/"
    known = run(copied, "git", "status", "--porcelain", "--untracked-files=all", "data", "plots")
    assert "??" not in known  # not even as a new file

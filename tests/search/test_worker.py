import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.trial import run_trial
from lesion_pipeline.search.worker import JobPlaces, Line
from tests.code_deps import ROOT
from tests.search.tiny_search import data_paths, small_tree


def places(folder: Path, views: Path) -> JobPlaces:
    """Of a job that finds its view and needs no DVC."""
    return JobPlaces("portable", ROOT, views, folder / "scratch", folder, data_paths())


def test_places_on_a_command_line(tmp_path: Path) -> None:
    here = places(tmp_path, tmp_path / "views")
    assert JobPlaces.parse(here.text()) == here


def test_a_line_ends_with_the_other_side() -> None:
    reading, writing = os.pipe()
    os.write(writing, b'{"a": 1}\n')
    os.close(writing)
    with open(reading) as incoming:  # noqa: PTH123
        assert list(Line(incoming, sys.stdout).orders()) == [{"a": 1}]


@pytest.mark.slow
def test_a_process_of_its_own_gives_the_same_bytes(
    view: DataPaths, views: Path, tmp_path: Path
) -> None:
    """As the first trial in a process, and as a later one in another."""
    outcome = run_trial(small_tree(), view, tmp_path / "here", lambda *_: None)
    orders = [{"name": "one", "tree": small_tree()}, {"stop": False}, {"stop": False}]
    orders += [{"stop": False}, {"name": "two", "tree": small_tree(epochs=0)}]
    orders += [{"name": "three", "tree": small_tree()}, {"stop": True}]
    done = subprocess.run(
        [sys.executable, "-m", "lesion_pipeline.search.worker", places(tmp_path, views).text()],
        input="".join(json.dumps(order) + "\n" for order in orders),
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [message["kind"] for message in told] == [
        "ready", "epoch", "epoch", "epoch", "done", "failed", "epoch", "pruned",
    ]  # fmt: skip
    assert told[4]["figures"] == outcome.figures
    assert "epochs: expected greater than" in told[5]["reason"]
    written = pd.read_csv(tmp_path / "one.csv")
    assert list(written["probability"]) == list(outcome.predictions["probability"])
    assert not (tmp_path / "three.csv").exists()

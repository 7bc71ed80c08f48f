"""A small run of the whole pipeline, made once for all workers and changed by none."""

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.commands import clone, commit, run, set_params

SMALL = {
    "fetch.sample.lesions": 60,
    "preprocess.image_size": 64,
    "embed.augmentations": 1,
    "train.epochs": 3,
    "train.fine_tune.epochs": 3,
    "train.fine_tune.layers": 12,
    "explain.examples": 1,
}
LOG = "first.log"  # what the first run printed


def make_project(folder: Path) -> None:
    """Run the pipeline with SMALL in a new repository and commit what came of it."""
    clone(folder)
    set_params(folder, SMALL)
    (folder / LOG).write_text(run(folder, "dvc", "repro", "--no-run-cache"))
    (folder / ".git/info/exclude").write_text(f"{LOG}\n")
    commit(folder, "small")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A repository in which the whole pipeline has run; shared by the workers, so only read it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder, done = shared / "project", shared / "project.done"
    with FileLock(shared / "project.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make_project(folder)
            done.touch()
    return folder


@pytest.fixture
def copied(project: Path, tmp_path: Path) -> Path:
    """A copy of that repository, with its cache, that a test may change."""
    return Path(shutil.copytree(project, tmp_path / "project", symlinks=True))

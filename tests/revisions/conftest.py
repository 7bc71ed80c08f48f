"""A small repository with a real DVC pipeline of one stage and a few revisions of it."""

import shutil
from pathlib import Path

import pytest

from tests.commands import ROOT, commit, run

MAKE = """
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

strength = yaml.safe_load(Path("params.yaml").read_text())["strength"]
for folder in ("data/predictions", "data/threshold", "metrics", "plots/train"):
    Path(folder).mkdir(parents=True, exist_ok=True)
for seed, part in enumerate(("val", "test")):
    generator = np.random.default_rng(seed)
    lesions = np.repeat(np.arange(200), 2)
    labels = (lesions % 4 == 0).astype(int)
    noise = generator.normal(size=400) + generator.normal(size=200)[lesions]
    noise += np.random.default_rng([seed, round(100 * strength)]).normal(size=400) / 4  # its own
    table = pd.DataFrame({
        "image_id": [f"{part}_{number}" for number in range(400)],
        "lesion_id": [f"L{lesion}" for lesion in lesions],
        "label": labels,
        "probability": 1 / (1 + np.exp(-(strength * (labels - 0.5) + noise))),
    })
    table.to_csv(f"data/predictions/{part}.csv", index=False)
Path("data/threshold/threshold.json").write_text(json.dumps({"threshold": 0.5}))
summary = {"test": {"roc_auc": 0.5 + strength / 10, "images": 400}}
Path("metrics/summary.json").write_text(json.dumps(summary))
epochs = np.arange(1, 6)
pd.DataFrame({
    "epoch": epochs, "val_roc_auc": 1 - strength / 10 / epochs, "val_pr_auc": 0.8 - 0.5 / epochs,
}).to_csv("plots/train/history.csv", index=False)
"""
PIPELINE = """
stages:
  make:
    cmd: python make.py
    deps: [make.py]
    params: [strength]
    outs: [data/predictions, data/threshold]
    metrics: [{metrics/summary.json: {cache: false}}]
    plots: [{plots/train/history.csv: {cache: false}}]
"""


def revision(folder: Path, tag: str, strength: float) -> None:
    """Run the pipeline with another strength, and commit and tag its results."""
    (folder / "params.yaml").write_text(f"strength: {strength}\n")
    run(folder, "dvc", "repro", "-q")
    commit(folder, tag)
    run(folder, "git", "tag", tag)


@pytest.fixture(scope="session")
def revisions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tags weak, alike (nearly as weak) and strong, an experiment stronger, and no data."""
    folder = tmp_path_factory.mktemp("revisions")
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "config", "user.name", "test")
    run(folder, "git", "config", "user.email", "test@example.org")
    run(folder, "dvc", "init", "-q")
    shutil.copy(ROOT / ".dvc/config", folder / ".dvc/config")
    (folder / ".gitignore").write_text("/data/\n/report/\n")
    (folder / "make.py").write_text(MAKE)
    commit(folder, "empty")
    run(folder, "git", "tag", "empty")
    (folder / "dvc.yaml").write_text(PIPELINE)
    for tag, strength in (("weak", 1.0), ("alike", 1.02), ("strong", 2.0)):
        revision(folder, tag, strength)
    run(folder, "dvc", "exp", "run", "-q", "--name", "stronger", "-S", "strength=3.0")
    run(folder, "git", "restore", ".")
    shutil.rmtree(folder / "data")
    return folder

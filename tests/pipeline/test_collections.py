"""Other splits, other folds, other malignant diagnoses."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.commands import LESION, ran, run, set_params

pytestmark = pytest.mark.slow


def test_a_split_that_a_user_gives_is_watched(copied: Path) -> None:
    written, mine = copied / "data/split/labels_binary_split.csv", copied / "splits/mine.csv"
    shutil.copy(written, mine)
    before = written.read_bytes()
    setting = ["-S", "split.strategy=file", "-S", "split.file=splits/mine.csv"]
    assert ran(run(copied, "dvc", "exp", "run", *setting, "split")) == ["split"]
    assert written.read_bytes() == before
    table = pd.read_csv(mine, dtype=str)
    lesion = table.loc[table["split"] == "train", "lesion_id"].iloc[0]
    table.loc[table["lesion_id"] == lesion, "split"] = "test"
    table.to_csv(mine, index=False)
    assert ran(run(copied, "dvc", "repro", "split")) == ["split"]
    assert written.read_bytes() != before
    assert ran(run(copied, "dvc", "repro", "split")) == []


def test_what_is_malignant_reaches_every_stage(copied: Path) -> None:
    set_params(copied, {"fetch.malignant": ["nv", "mel"], "export.formats": ["keras", "tflite"]})
    run(copied, "dvc", "repro", "export")
    places = [
        "data/raw/collection.json", "data/split/split_metadata.json",
        "data/tfrecords/manifest.json", "data/model/manifest.json",
        "metrics/fetch.json", "metrics/summary.json",
    ]  # fmt: skip
    for place in places:
        assert json.loads((copied / place).read_text())["malignant"] == ["mel", "nv"], place
    bundle = json.loads((copied / "data/export/bundle.json").read_text())
    assert bundle["network"]["malignant"] == ["mel", "nv"]
    table = pd.read_csv(copied / "data/predictions/test.csv")
    assert (table["label"] == table["dx"].isin(["mel", "nv"])).all()
    np.testing.assert_allclose(table["probability"], table["mel"] + table["nv"], rtol=1e-12)
    image = f"data/raw/images/{table.loc[0, 'image_id']}.jpg"
    run(copied, sys.executable, "-c", LESION, "predict", image, "--output", "predicted.csv")
    predicted = pd.read_csv(copied / "predicted.csv").loc[0, "probability_malignant"]
    assert predicted == pytest.approx(table.loc[0, "probability"], abs=1e-5)


def test_folds_are_experiments(copied: Path) -> None:
    tests = []
    for fold in (1, 2):
        setting = ["-S", "split.strategy=kfold", "-S", f"split.fold={fold}"]
        run(copied, "dvc", "exp", "run", *setting, "split")
        used = copied / "data/split/labels_binary_split.csv"
        assert used.read_bytes() == (copied / f"data/split/fold-{fold}.csv").read_bytes()
        table = pd.read_csv(used)
        tests.append(set(table.loc[table["split"] == "test", "image_id"]))
    assert tests[0] and not tests[0] & tests[1]
    assert len(list((copied / "data/split").glob("fold-*.csv"))) == 5

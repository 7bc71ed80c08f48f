"""Other splits, other folds, another collection."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.sample.generator import SampleFolders, write_sample
from tests.commands import ran, run

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


def test_the_network_is_validated_on_another_collection(copied: Path, tmp_path: Path) -> None:
    """A clinic's lesions, one of which is a copy of a training image; nothing is trained again."""
    clinic, masks = tmp_path / "clinic", tmp_path / "masks"
    for folder in (clinic, masks):
        folder.mkdir()
    write_sample(SampleFolders(clinic, masks), lesions=60, seed=7, jpeg_quality=90, processes=2)
    table = pd.read_csv(clinic / "metadata.csv", dtype=str)
    for image in list((clinic / "images").iterdir()):
        image.rename(image.with_name(f"C_{image.name}"))
    table = table.assign(image_id="C_" + table["image_id"], lesion_id="C_" + table["lesion_id"])
    table.to_csv(clinic / "metadata.csv", index=False)
    split = pd.read_csv(copied / "data/split/labels_binary_split.csv")
    known = split.loc[split["split"] == "train", "image_id"].iloc[0]
    again = table["image_id"].iloc[0]
    shutil.copy(copied / f"data/raw/images/{known}.jpg", clinic / f"images/{again}.jpg")
    (clinic / f"images/{table['image_id'].iloc[1]}.jpg").write_bytes(b"no image")

    setting = f"fetch.external=[{{name:clinic,path:{clinic}}}]"
    done = ran(run(copied, "dvc", "exp", "run", "-S", setting))
    assert {"fetch", "audit", "predict", "validate", "draw", "export"} <= set(done)
    assert not {"split", "preprocess", "embed", "train"} & set(done)
    found = json.loads((copied / "metrics/validate.json").read_text())["collections"]["clinic"]
    assert found["images"] == len(table) - 2
    assert (found["duplicates"], found["unreadable"]) == (1, 1)
    assert 0 <= found["roc_auc_interval"][0] < found["roc_auc"] <= 1
    listed = pd.read_csv(copied / "plots/audit/external_duplicates.csv")
    assert listed["image_id"].tolist() == [again] and listed["duplicate_of"].tolist() == [known]
    assert (copied / "plots/draw/external.png").is_file()
    card = (copied / "data/export/MODEL_CARD.md").read_text()
    assert f"| clinic | {len(table) - 2} |" in card

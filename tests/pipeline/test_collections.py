"""Other splits, other folds."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

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

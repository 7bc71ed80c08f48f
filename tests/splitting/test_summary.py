"""The summary of a split: what is read is what was written, or an error that names the key."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.splitting.params import Ratios, SplitParams
from lesion_pipeline.splitting.summary import Counts, Merged, SplitSummary

PARAMS = SplitParams(
    strategy="reference", ratios=Ratios(train=0.7, val=0.15, test=0.15), folds=5, fold=1,
    file=None, same_lesion_pairs=None, seed=42,
)  # fmt: skip
SUMMARY = SplitSummary(
    params=PARAMS,
    malignant=("akiec", "mel"),
    counts={"train": {"benign": Counts(images=3, lesions=2)}},
    positive_weight=1.5,
    merged=Merged(pairs=2, ids_gone=1),
    lesion_ids={"train": ("L1", "L2")},
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    SUMMARY.write(tmp_path / "split.json")
    assert SplitSummary.read(tmp_path / "split.json") == SUMMARY


def test_figures_for_people_leave_out_parameters_and_ids() -> None:
    assert SUMMARY.metrics() == {
        "counts": {"train": {"benign": {"images": 3, "lesions": 2}}},
        "positive_weight": 1.5,
        "merged": {"pairs": 2, "ids_gone": 1},
    }


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    SUMMARY.write(tmp_path / "split.json")
    content = read_json(tmp_path / "split.json")
    del content["malignant"]
    write_json(tmp_path / "split.json", content)
    with pytest.raises(DataError, match=r"split\.json: malignant: Field required"):
        SplitSummary.read(tmp_path / "split.json")

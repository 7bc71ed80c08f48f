"""The verdict on two revisions: table, sentences, JSON and the gate."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.compare import Candidate, compare
from lesion_pipeline.revisions.read import RevisionPaths
from lesion_pipeline.revisions.verdict import Verdict, judge
from lesion_pipeline.scores.params import CostParams, ThresholdParams
from lesion_pipeline.scores.results import Resamples

PATHS = RevisionPaths(
    predictions=Path("p"), threshold=Path("t.json"), summary=Path("s.json"), history=Path("h.csv"),
    external=Path("v.json"),
)  # fmt: skip
RULE = ThresholdParams(
    policy="youden", target_sensitivity=0.9, cost=CostParams(miss=1, false_alarm=1), fixed=0.5,
    report=(),
)  # fmt: skip
RESAMPLES = Resamples(samples=50, seed=1)


def score(low: float, high: float, verdict: str) -> dict[str, Any]:
    return {
        "first": 0.75, "second": 0.875, "difference": 0.125, "interval": (low, high),
        "verdict": verdict,
    }  # fmt: skip


def split(left_out: int = 0, low: float = 0.0625, high: float = 0.25) -> dict[str, Any]:
    return {
        "images": 1200, "malignant": 300, "lesions": 800, "left_out": left_out,
        "roc_auc": score(low, high, "better"),
        "pr_auc": score(-0.125, 0.25, "within noise"),
        "sensitivity": score(0, 0.25, "within noise"),
        "specificity": score(-0.25, -0.125, "worse"),
    }  # fmt: skip


def verdict(**changes: Any) -> Verdict:
    splits = {"val": split(**changes), "test": split(left_out=12)}
    return Verdict("main", "mine", (0.5, 0.125), RESAMPLES, splits)


class StoredRevision:
    """A revision whose files are given; `judge` needs name, operating point and predictions."""

    def __init__(self, name: str, threshold: float, tables: dict[str, pd.DataFrame]) -> None:
        self.name, self._threshold, self._tables = name, threshold, tables

    def operating_point(self, path: Path) -> tuple[float, ThresholdParams]:
        assert path == PATHS.threshold
        return self._threshold, RULE

    def predictions(self, path: Path) -> pd.DataFrame:
        assert path.parent == PATHS.predictions
        return self._tables[path.stem]


def predictions(shift: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": list("abcdef"), "lesion_id": list("AABCDE"), "label": [1, 1, 0, 1, 0, 0],
            "probability": [0.75, 0.25 + shift, 0.5, 0.5 + shift, 0.25, 0.125],
        }
    )  # fmt: skip


def test_the_table_has_one_row_per_split_and_score() -> None:
    table = verdict().table()
    assert list(table.columns) == [
        "", "", "main", "mine", "difference", "95 % interval", "verdict",
    ]  # fmt: skip
    rows = table.to_numpy().tolist()
    assert [row[0] for row in rows] == ["val"] * 4 + ["test"] * 4
    assert rows[:4] == [
        ["val", "ROC-AUC", "0.7500", "0.8750", "+0.1250", "+0.0625 to +0.2500", "better"],
        ["val", "PR-AUC", "0.7500", "0.8750", "+0.1250", "-0.1250 to +0.2500", "within noise"],
        ["val", "sensitivity", "0.7500", "0.8750", "+0.1250", "+0.0000 to +0.2500", "within noise"],
        ["val", "specificity", "0.7500", "0.8750", "+0.1250", "-0.2500 to -0.1250", "worse"],
    ]


def test_one_sentence_per_split() -> None:
    val, test = verdict().sentences()
    assert val == (
        "mine compared with main on val (1,200 images, 300 malignant, 800 lesions): ROC-AUC "
        "better; PR-AUC within noise; sensitivity within noise; specificity worse."
    )
    assert test.endswith("worse. 12 images that only one of the two predicted are left out.")


def test_text_and_markdown_have_sentences_table_and_notes() -> None:
    plain, markdown = verdict().plain(), verdict().markdown()
    for text in (plain, markdown):
        assert all(sentence in text for sentence in verdict().sentences())
        assert "Operating points: 0.5 and 0.125." in text
        assert "Choose on val; test is for reporting only." in text
    assert markdown.startswith("- mine compared with main on val")
    assert sum(line.startswith("| ") for line in markdown.splitlines()) == 2 + 8


def test_json_holds_everything() -> None:
    content = json.loads(json.dumps(verdict().content(), allow_nan=False))
    assert content["first"] == {"revision": "main", "threshold": 0.5}
    assert content["second"] == {"revision": "mine", "threshold": 0.125}
    assert content["bootstrap"] == {"samples": 50, "seed": 1}
    assert content["val"]["roc_auc"]["interval"] == [0.0625, 0.25]
    assert content["test"]["left_out"] == 12


@pytest.mark.parametrize(
    ("interval", "max_drop", "fell"),
    [
        ((-0.25, -0.125), 0.0625, True),
        ((-0.25, -0.125), 0.125, False),  # not below, but equal
        ((-0.25, 0.125), 0.0, False),
        ((-0.25, -0.125), 0.0, True),
        ((0.0, 0.25), 0.0, False),
    ],
)
def test_a_fall_is_one_of_the_whole_interval_on_val(
    interval: tuple[float, float], max_drop: float, fell: bool
) -> None:
    low, high = interval
    assert verdict(low=low, high=high).fell(max_drop) is fell


def test_both_splits_are_compared_at_the_revisions_own_thresholds() -> None:
    tables = {"val": predictions(0), "test": predictions(0.25)}
    better = {"val": predictions(0.25), "test": predictions(0.125)}
    one, two = StoredRevision("main", 0.5, tables), StoredRevision("mine", 0.25, better)
    found = judge(one, two, PATHS, RESAMPLES)  # type: ignore[arg-type]
    assert (found.first, found.second, found.thresholds) == ("main", "mine", (0.5, 0.25))
    assert list(found.splits) == ["val", "test"]
    expected = compare(
        Candidate("main", tables, 0.5, RULE), Candidate("mine", better, 0.25, RULE),
        ("val", "test"), RESAMPLES,
    )  # fmt: skip
    assert found.splits == expected
    # On val .75, .25 and .5 of the malignant at .5, then .75, .5 and .75 at .25.
    sensitivity = found.splits["val"]["sensitivity"]
    assert (sensitivity["first"], sensitivity["second"]) == (2 / 3, 1.0)


def test_what_can_not_be_compared_is_refused() -> None:
    tables = {"val": predictions(0), "test": predictions(0)}
    other = {name: table.assign(image_id=list("uvwxyz")) for name, table in tables.items()}
    one, two = StoredRevision("main", 0.5, tables), StoredRevision("mine", 0.5, other)
    with pytest.raises(DataError, match=r"^main and mine have no image in common$"):
        judge(one, two, PATHS, RESAMPLES)  # type: ignore[arg-type]

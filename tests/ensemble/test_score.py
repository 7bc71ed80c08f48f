"""The ensemble's predictions, and how it is compared with its best member."""

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import MALIGNANT
from lesion_pipeline.ensemble.choose import Weighting
from lesion_pipeline.ensemble.members import MemberPredictions
from lesion_pipeline.ensemble.score import (
    Ensembled,
    Recipe,
    check_split,
    ensemble,
    judged,
    operating_point,
)
from lesion_pipeline.revisions.compare import Candidate
from lesion_pipeline.scores.params import CostParams, ThresholdParams
from lesion_pipeline.scores.results import Resamples

RULE = ThresholdParams(
    policy="target_sensitivity", target_sensitivity=0.9, fixed=0.5, report=(0.9,),
    cost=CostParams(miss=10, false_alarm=1),
)  # fmt: skip
COUNT = 240


def predictions(split: str, strength: float, seed: int) -> pd.DataFrame:
    lesions = np.arange(COUNT) // 2
    labels = (lesions % 4 == 0).astype(np.int64)
    noise = np.random.default_rng([seed, len(split)]).normal(size=COUNT)
    chance = 1 / (1 + np.exp(-(strength * (2 * labels - 1) - 1 + noise)))
    return pd.DataFrame(
        {
            "image_id": [f"{split}_{number:03d}" for number in range(COUNT)],
            "lesion_id": [f"{split}_L{lesion}" for lesion in lesions],
            "dx": np.where(labels, "mel", "nv"),
            "label": labels,
            "probability": chance.round(6),
        }
    )


def member(name: str, strength: float, seed: int) -> Candidate:
    tables = {split: predictions(split, strength, seed) for split in ("val", "test")}
    return Candidate(name, {**tables, "whole_val": tables["val"]}, 0.5, RULE)


def made_up(weighting: Weighting) -> Ensembled:
    strengths = {"weak": 0.5, "good": 1.2, "ok": 1.1}
    members = MemberPredictions.aligned(
        [member(name, strength, seed) for seed, (name, strength) in enumerate(strengths.items())]
    )
    return ensemble(members, Recipe("probabilities", weighting, 1, MALIGNANT))


def test_the_mean_is_predicted() -> None:
    found = made_up("equal")
    for split, table in found.predictions.items():
        wanted = found.members.outputs(split).mean(axis=0)[:, 0].round(6)
        np.testing.assert_allclose(table["probability"], wanted, atol=1e-9)
        assert list(table) == ["image_id", "lesion_id", "dx", "label", "probability"]
    assert found.exported_val.equals(found.predictions["val"])


def test_val_is_out_of_fold_if_weights_were_chosen_and_the_export_is_not() -> None:
    found = made_up("fitted")
    whole = np.tensordot(found.choice.weights, found.members.outputs("val"), 1)[:, 0].round(6)
    np.testing.assert_allclose(found.exported_val["probability"], whole, atol=1e-6)
    assert (found.predictions["val"]["probability"] != found.exported_val["probability"]).any()


def test_it_is_compared_with_the_member_that_is_best_on_val() -> None:
    found = made_up("equal")
    assert found.best_member().name == "good"
    point = operating_point(found, RULE, "mean").point
    verdict = judged(found, point.threshold, RULE, Resamples(samples=100, seed=1))
    assert (verdict.first, verdict.second) == ("good", "ensemble")
    assert list(verdict.splits) == ["val", "test"]
    scores = verdict.splits["val"]["roc_auc"]
    assert scores["second"] > scores["first"]


def test_the_table_has_val_alone() -> None:
    lines = made_up("equal").table().splitlines()
    assert lines[0].split() == ["val", "weight", "ROC-AUC", "PR-AUC", "log", "loss"]
    assert [line.split()[0] for line in lines[1:]] == ["weak", "good", "ok", "ensemble"]
    assert lines[1].split()[1] == "0.333"


def test_another_split_of_the_working_tree_is_named() -> None:
    found = made_up("equal")
    tables = [found.members.table(split).assign(split=split) for split in ("val", "test")]
    metadata = pd.concat(tables, ignore_index=True)
    check_split(found.members, metadata)
    moved = metadata.assign(split=metadata["split"].mask(metadata["image_id"] == "test_003", "val"))
    with pytest.raises(
        DataError, match=r"1 of 240 images that the members have in test .*test_003"
    ):
        check_split(found.members, moved)

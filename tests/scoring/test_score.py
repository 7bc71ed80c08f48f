"""The figures are the pipeline's own."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.evaluation.evaluate import evaluate
from lesion_pipeline.scores.params import EvaluateParams
from lesion_pipeline.scores.results import Calibration, Losses, Ranking, Resamples
from lesion_pipeline.scoring.cases import read_cases
from lesion_pipeline.scoring.columns import ScoredColumns
from lesion_pipeline.scoring.score import PredictionScores, ScoringParams, score
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.threshold.tune_threshold import rates_at
from tests.scoring.tables import made_up

PARAMS = ScoringParams(threshold=0.4, resamples=Resamples(samples=50, seed=3), calibration_bins=5)
FIGURES = [*Ranking.model_fields, *Losses.model_fields, *Calibration.model_fields]


def scored(
    table: pd.DataFrame, folder: Path, columns: ScoredColumns, params: ScoringParams = PARAMS
) -> PredictionScores:
    files = folder / "p.csv", folder / "t.csv"
    table[["image_id", "probability"]].to_csv(files[0], index=False)
    table.drop(columns="probability").sample(frac=1, random_state=0).to_csv(files[1], index=False)
    return score(read_cases(*files, columns), params)


@pytest.mark.parametrize("rule", ["mean", "max"])
def test_the_figures_are_those_of_evaluate_and_tune_threshold(rule: str, tmp_path: Path) -> None:
    table = made_up()
    params = EvaluateParams(
        threshold=0.4, calibration="none", calibration_bins=5, decision_range=(0.1, 0.5),
        bootstrap_samples=50, seed=3,
    )  # fmt: skip
    collection = table.assign(
        split=["train", "train", "val", "test"] * 20, age=50.0, sex="male", localization="back",
        dx_type="histo",
    )  # fmt: skip
    expected = evaluate(table, table, collection, params, rule).evaluation.test
    found = scored(table, tmp_path, ScoredColumns(), PARAMS.model_copy(update={"lesions": rule}))
    for name in FIGURES:
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-12), name
    assert found.lesions == expected.lesions
    rates = rates_at(table, 0.4, rule)
    assert found.rates.model_dump() == rates.model_dump(exclude={"lesions"})
    assert found.lesion_rates == rates.lesions
    assert (found.images, found.malignant, found.clusters, found.cluster) == (
        len(table), table["label"].sum(), 40, "lesion"
    )  # fmt: skip


def test_without_lesions_each_image_is_independent(tmp_path: Path) -> None:
    table = made_up().drop(columns="lesion_id")
    found = scored(table, tmp_path, ScoredColumns())
    assert (found.cluster, found.clusters, found.lesions, found.lesion_rates) == (
        "image", len(table), None, None
    )  # fmt: skip
    called = table["probability"] >= 0.4
    malignant = table["label"] == 1
    assert found.rates.sensitivity_interval == rate_interval(
        called[malignant], table["image_id"][malignant]
    )


def test_the_values_do_not_depend_on_the_cluster_but_their_intervals_do(tmp_path: Path) -> None:
    by_lesion, by_patient = (
        scored(made_up(), tmp_path, columns)
        for columns in (ScoredColumns(), ScoredColumns(patient="patient"))
    )
    assert by_patient.cluster == "patient" and by_patient.clusters == 20
    for one, other in ((by_lesion, by_patient), (by_lesion.lesions, by_patient.lesions)):
        assert (one.roc_auc, one.brier_score) == (other.roc_auc, other.brier_score)
        assert one.brier_score_interval != other.brier_score_interval


def test_nothing_is_decided_without_a_threshold(tmp_path: Path) -> None:
    found = scored(
        made_up(), tmp_path, ScoredColumns(), PARAMS.model_copy(update={"threshold": None})
    )
    assert (found.threshold, found.rates, found.lesion_rates) == (None, None, None)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = scored(made_up(), tmp_path, ScoredColumns())
    found.write(tmp_path / "scores.json")
    read = PredictionScores.read(tmp_path / "scores.json")
    assert read.roc_auc == pytest.approx(found.roc_auc, rel=1e-5)
    assert set(read.model_dump()) == set(found.model_dump())


def test_a_lesion_with_two_labels_and_one_class_only_are_refused(tmp_path: Path) -> None:
    table = made_up()
    for odd, message in (
        (table.assign(label=0), r"^expected labels 0 and 1, both, received \[0\]$"),
        (table.assign(label=list(itertools.islice(itertools.cycle((0, 1)), len(table)))),
         "^lesion with two labels: L0, L1"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=message):
            scored(odd, tmp_path, ScoredColumns())

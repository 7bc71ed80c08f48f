"""The scores of other collections, from files to tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import write_csv
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, is_malignant
from lesion_pipeline.evaluation.calibrator import Platt
from lesion_pipeline.inference.manifest import PredictionManifest
from lesion_pipeline.scores.results import Evaluation, Resamples, Validation
from lesion_pipeline.statistics.metrics import ranking_metrics
from lesion_pipeline.statistics.roc_interval import roc_auc_interval
from lesion_pipeline.summary.subgroups import Subgroups
from lesion_pipeline.threshold.tune_threshold import rates_at
from lesion_pipeline.validation.params import ValidateParams
from lesion_pipeline.validation.validate import Chosen, ExternalCases, read_external, validate
from tests.validation.points import POINT

MANIFEST = PredictionManifest(tta=1, lesions="mean", unreadable={"clinic": {"x": "no bytes"}})
NO_DUPLICATES = pd.DataFrame(columns=["collection", "image_id"])
PARAMS = ValidateParams(labelled_images=20, seed=1)
CHOSEN = Chosen(
    point=POINT,
    calibrator=Platt(slope=2.0, intercept=-1.0),
    evaluation=Evaluation.model_construct(
        resamples=Resamples(samples=50, seed=1), calibration_bins=4
    ),
    subgroups=Subgroups(age_bands=(30,), min_lesions_for_auc=5),
    malignant=MALIGNANT,
    rule="mean",
)


def predictions(images: int = 70) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    dx = generator.choice(list(DIAGNOSES), images // 2).repeat(2)
    labels = is_malignant(dx, MALIGNANT)
    return pd.DataFrame(
        {
            "image_id": [f"x{number}" for number in range(images)],
            "lesion_id": [f"l{number // 2}" for number in range(images)],
            "dx": dx,
            "label": labels,
            "probability": ((2 * generator.random(images) + labels) / 3).round(6),
        }
    )


def traits(table: pd.DataFrame) -> pd.DataFrame:
    columns = table[["lesion_id", "image_id", "dx"]]
    return columns.assign(dx_type="histo", age=40.0, sex="female", localization="back")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Predictions and metadata of the collection `clinic`, as predict and fetch write them."""
    table = predictions()
    write_csv(tmp_path / "predictions/clinic.csv", table)
    write_csv(tmp_path / "external/clinic/metadata.csv", traits(table)[::-1])
    return tmp_path / "predictions", tmp_path / "external"


def read(folders: tuple[Path, Path], duplicates: pd.DataFrame = NO_DUPLICATES) -> ExternalCases:
    return read_external(*folders, MANIFEST, duplicates)["clinic"]


def test_predictions_get_the_traits_of_their_images(folders: tuple[Path, Path]) -> None:
    cases = read(folders)
    pd.testing.assert_frame_equal(cases.table[list(predictions())], predictions())
    assert set(cases.table["site"]) == {"back"} and set(cases.table["age"]) == {40.0}
    assert (cases.duplicates, cases.unreadable) == (0, 1)


def test_near_duplicates_of_this_collection_alone_are_left_out(
    folders: tuple[Path, Path],
) -> None:
    found = pd.DataFrame(
        {"collection": ["clinic", "clinic", "other"], "image_id": ["x3", "x8", "x5"]}
    )
    cases = read(folders, found)
    assert cases.duplicates == 2 and len(cases.table) == 68
    assert not set(cases.table["image_id"]) & {"x3", "x8"} and "x5" in set(cases.table["image_id"])


def test_a_collection_of_duplicates_is_refused(folders: tuple[Path, Path]) -> None:
    found = pd.DataFrame({"collection": "clinic", "image_id": predictions()["image_id"]})
    with pytest.raises(DataError, match=r"^clinic: every image looks like one of the collection"):
        read(folders, found)


def test_without_other_collections_there_is_nothing(tmp_path: Path) -> None:
    assert read_external(tmp_path / "none", tmp_path, MANIFEST, NO_DUPLICATES) == {}
    outcome = validate({}, CHOSEN, PARAMS)
    assert outcome.validation.collections == {} and list(outcome.tables) == ["figures"]
    assert "fetch.external" in str(outcome)


def test_the_scores_are_those_of_val_s_threshold_and_calibrator(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    cases = read(folders)
    outcome = validate({"clinic": cases}, CHOSEN, PARAMS)
    found = outcome.validation.collections["clinic"]
    labels, probabilities = (cases.table[name].to_numpy() for name in ("label", "probability"))
    assert found.roc_auc == ranking_metrics(labels, probabilities)["roc_auc"]
    interval = roc_auc_interval(labels, probabilities, cases.table["lesion_id"])
    assert found.roc_auc_interval == interval
    assert found.rates == rates_at(cases.table, 0.5)
    calibrated = CHOSEN.calibrator.apply(probabilities)
    assert found.calibrated.brier_score == pytest.approx(((calibrated - labels) ** 2).mean())
    assert (found.images, found.malignant, found.unreadable) == (70, labels.sum(), 1)
    assert found.lesions.count == 35 and found.adaptation is not None
    outcome.validation.write(tmp_path / "validation.json")
    assert Validation.read(tmp_path / "validation.json").collections["clinic"].images == 70
    assert str(outcome).startswith(f"clinic: ROC-AUC {found.roc_auc:.3f}, sensitivity ")


def test_each_collection_has_its_tables(folders: tuple[Path, Path]) -> None:
    tables = validate({"clinic": read(folders)}, CHOSEN, PARAMS).tables
    kinds = ("roc", "calibration", "subgroups", "clinical")
    assert set(tables) == {"figures", *(f"{kind}_clinic" for kind in kinds)}
    assert tables["calibration_clinic"]["images"].tolist() == [23, 24, 23]  # 20 or more
    figures = tables["figures"].set_index(["collection", "figure"])
    row = figures.loc[("clinic", "sensitivity")]
    assert row["low"] < row["value"] < row["high"]


def test_a_collection_of_one_class_is_named(folders: tuple[Path, Path]) -> None:
    cases = read(folders)
    alone = ExternalCases(cases.table[cases.table["label"] == 1], 0, 0)
    with pytest.raises(DataError, match=r"^clinic \(fetch\.external\): expected labels 0 and 1"):
        validate({"clinic": alone}, CHOSEN, PARAMS)

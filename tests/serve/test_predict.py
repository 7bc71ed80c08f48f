"""Predictions as rows."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.bundle.results import ImageContract
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.images import read_image
from lesion_pipeline.serve.classifier import BATCH, Classifier
from lesion_pipeline.serve.inputs import find_images
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import COLUMNS, columns, predict_files
from tests.serve.pictures import draw
from tests.tiny import SIZE


def table_of(bundle: Classifier, files: list[Path]) -> pd.DataFrame:
    return pd.DataFrame(predict_files(bundle, files, workers=2), columns=columns(bundle))


def test_one_row_per_image_in_the_order_given(bundle_folder: Path, tmp_path: Path) -> None:
    bundle = load_bundle(bundle_folder)
    files = [draw(tmp_path / f"{n}.png", n) for n in reversed(range(BATCH + 3))]
    table = table_of(bundle, files)
    assert list(table.columns) == [*COLUMNS, "error"]
    assert table["image"].tolist() == [str(file) for file in files]
    for file, predicted in list(zip(files, table["probability_malignant"], strict=True))[::7]:
        alone = bundle.predict(read_image(file, SIZE, "squash")[None])[0, 0]
        assert predicted == pytest.approx(float(alone), abs=1e-5)


def test_a_column_for_each_diagnosis_and_one_for_the_most_probable(
    bundle_of_diagnoses: Path, folder: Path
) -> None:
    bundle = load_bundle(bundle_of_diagnoses)
    (folder / "0a.jpg").write_text("no image")
    table = table_of(bundle, find_images(folder))
    each = [f"probability_{dx}" for dx in DIAGNOSES]
    assert list(table.columns) == [*COLUMNS, "diagnosis", *each, "error"]
    assert table.loc[1, [*COLUMNS[1:], "diagnosis", *each]].isna().all()
    good = table.drop(index=1)
    files = [folder / f"{number}.jpg" for number in range(3)]
    alone = bundle.predict(np.stack([read_image(file, SIZE, "squash") for file in files]))
    np.testing.assert_allclose(good[each].to_numpy(float), alone, atol=1e-5)
    total = good["probability_akiec"] + good["probability_bcc"] + good["probability_mel"]
    np.testing.assert_allclose(good["probability_malignant"].astype(float), total, atol=1e-6)
    assert good["diagnosis"].tolist() == [list(DIAGNOSES)[row.argmax()] for row in alone]


def test_label_and_class_follow_the_threshold(bundle_folder: Path, folder: Path) -> None:
    bundle = load_bundle(bundle_folder)
    probabilities = table_of(bundle, find_images(folder))["probability_malignant"].astype(float)
    middle = float(probabilities.median())  # of three images: two are at least this
    table = table_of(dataclasses.replace(bundle, threshold=middle), find_images(folder))
    assert (table["threshold"] == middle).all() and table["predicted_label"].sum() == 2
    for _, row in table.iterrows():
        malignant = row["probability_malignant"] >= middle
        assert row["predicted_label"] == int(malignant)
        assert row["predicted_class"] == ("malignant" if malignant else "benign")


def test_the_calibrated_probability_stands_beside_and_decides_nothing(
    bundle_folder: Path, folder: Path
) -> None:
    manifest = read_manifest(bundle_folder)
    platt, point = manifest.calibrator, manifest.operating_point
    table = table_of(load_bundle(bundle_folder), find_images(folder))
    predicted = table["probability_malignant"].astype(float)
    odds = (predicted / (1 - predicted)) ** platt.slope * np.exp(platt.intercept)
    np.testing.assert_allclose(
        table["probability_calibrated"].astype(float), odds / (1 + odds), atol=1e-6
    )
    assert platt.slope > 1 and np.ptp(predicted) > 0.001
    assert (table["predicted_label"] == (predicted >= point.threshold)).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.5, 1.5])
def test_no_probability_is_no_decision(wrong: float, folder: Path) -> None:
    def run(images: np.ndarray) -> np.ndarray:
        return np.array([[1], [wrong], [0]], np.float32)[: len(images)]

    contract = ImageContract(size=8, resize="squash")
    broken = Classifier(run, contract, ("malignant",), MALIGNANT, threshold=0.5)
    found = list(predict_files(broken, find_images(folder), workers=1))
    assert [row["predicted_class"] for row in found] == ["malignant", None, "benign"]
    assert [row["error"] for row in found] == [
        None, f"the network gives no probability ({wrong:g})", None
    ]  # fmt: skip


def test_a_probability_is_shifted_to_another_prevalence(bundle_folder: Path, folder: Path) -> None:
    manifest = read_manifest(bundle_folder)
    known = manifest.evaluation.val.malignant / manifest.evaluation.val.images
    table = table_of(load_bundle(bundle_folder, prevalence=0.02), find_images(folder))
    assert list(table.columns) == [*COLUMNS, "probability_at_prevalence", "error"]
    calibrated, shifted = (
        table[name].astype(float)
        for name in ("probability_calibrated", "probability_at_prevalence")
    )
    # Malignant images weigh .02 / known, benign ones .98 / (1 - known).
    malignant, benign = calibrated * 0.02 / known, (1 - calibrated) * 0.98 / (1 - known)
    np.testing.assert_allclose(shifted, malignant / (malignant + benign), atol=2e-6)
    assert (shifted < calibrated).all()
    same = table_of(load_bundle(bundle_folder, prevalence=known), find_images(folder))
    np.testing.assert_allclose(
        same["probability_at_prevalence"].astype(float), calibrated, atol=1e-6
    )


def test_probabilities_have_six_decimals_and_are_decided_on_as_they_are_written(
    folder: Path,
) -> None:
    def run(images: np.ndarray) -> np.ndarray:
        return np.array([[1 / 3], [0.2999999], [0.2999994]], np.float32)[: len(images)]

    contract = ImageContract(size=8, resize="squash")
    network = Classifier(run, contract, ("malignant",), MALIGNANT, threshold=0.3)
    found = list(predict_files(network, find_images(folder), workers=1, quiet=True))
    assert [row["probability_malignant"] for row in found] == [0.333333, 0.3, 0.299999]
    assert [row["predicted_label"] for row in found] == [1, 1, 0]


def test_quiet_shows_no_progress(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(images: np.ndarray) -> np.ndarray:
        return np.zeros((len(images), 1), np.float32)

    network = Classifier(run, ImageContract(size=8, resize="squash"), ("malignant",), MALIGNANT, 0)
    for quiet in (True, False):
        list(predict_files(network, find_images(folder), workers=1, quiet=quiet))
        assert (capsys.readouterr().err == "") is quiet

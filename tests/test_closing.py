"""The lines with which `dvc repro` ends."""

from pathlib import Path

import pytest

from lesion_pipeline.bundle.manifest import BundleManifest, read_manifest
from lesion_pipeline.closing import closing_lines
from lesion_pipeline.networks.manifest import Members, MemberSpread

pytestmark = pytest.mark.slow


@pytest.fixture
def manifest(bundle_folder: Path) -> BundleManifest:
    return read_manifest(bundle_folder)


def test_the_closing_lines_have_both_areas_and_n(manifest: BundleManifest) -> None:
    val = manifest.evaluation.val.model_copy(update={"roc_auc": 0.9, "pr_auc": 0.75})
    test = manifest.evaluation.test.model_copy(update={"roc_auc": 0.85, "pr_auc": 0.7})
    evaluation = manifest.evaluation.model_copy(update={"val": val, "test": test})
    text = closing_lines(
        manifest.model_copy(update={"evaluation": evaluation}), Path("data/export")
    )
    assert evaluation.warning().startswith("Few malignant lesions (")
    assert text.splitlines() == [
        "Built tiny: simple_cnn, random weights.",
        "Val:  ROC-AUC 0.900, PR-AUC 0.750 (n = 12 images, 4 malignant). To choose by.",
        "Test: ROC-AUC 0.850, PR-AUC 0.700 (n = 12 images, 4 malignant). For reporting only.",
        "The images are generated and without medical meaning: so is the result.",
        evaluation.warning(),
        "Look at: data/export/MODEL_CARD.md, metrics/summary.json, plots/",
        "Next:    lesion predict data/raw/images --output predictions.csv",
        "         dvc exp run -S train.learning_rate=0.0003",
    ]


def test_the_closing_lines_of_images_that_were_not_generated(manifest: BundleManifest) -> None:
    data = manifest.data.model_copy(update={"generated": False})
    lines = closing_lines(manifest.model_copy(update={"data": data}), Path("bundle")).splitlines()
    assert lines[3] == "For research and education only, not for clinical use."


def test_val_of_folds_is_said_to_be_out_of_fold(manifest: BundleManifest) -> None:
    score = MemberSpread(mean=0.9, deviation=0.01, between_seeds=None)
    members = Members(folds=2, seeds=1, members=(), roc_auc=score, pr_auc=score)
    network = manifest.network.model_copy(update={"members": members})
    lines = closing_lines(manifest.model_copy(update={"network": network}), Path("bundle"))
    assert lines.splitlines()[1].endswith("malignant). Out of fold, to choose by.")


def test_weights_that_could_not_be_had_are_told_with_the_way_back(manifest: BundleManifest) -> None:
    weights = manifest.network.weights.model_copy(update={"fell_back": True})
    network = manifest.network.model_copy(update={"weights": weights})
    lines = closing_lines(manifest.model_copy(update={"network": network}), Path("bundle"))
    assert lines.splitlines()[1:3] == [
        "The ImageNet weights of simple_cnn couldn't be had, so expect little. Again:",
        "  dvc repro --force --single-item backbone && dvc repro",
    ]

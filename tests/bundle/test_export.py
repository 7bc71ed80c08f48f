from pathlib import Path

import pytest

from lesion_pipeline.bundle.export import report
from lesion_pipeline.bundle.manifest import BundleManifest, read_manifest
from lesion_pipeline.vocabulary import UNDIAGNOSED
from tests.tiny import COUNTS, SIZE

pytestmark = pytest.mark.slow


@pytest.fixture
def manifest(bundle_folder: Path) -> BundleManifest:
    return read_manifest(bundle_folder)


def test_a_bundle_has_these_files(bundle_folder: Path) -> None:
    names = sorted(path.name for path in bundle_folder.iterdir())
    assert names == ["MODEL_CARD.md", "bundle.json", "model.keras", "model.tflite"]


def test_the_manifest_holds_what_the_stages_found(manifest: BundleManifest) -> None:
    assert (manifest.name, manifest.tta, manifest.image.size) == ("tiny", 1, SIZE)
    assert manifest.data.images == sum(COUNTS.values()) and manifest.data.bad_images == 0
    assert {
        split: sum(part.images for part in parts.values())
        for split, parts in manifest.data.split.items()
    } == COUNTS
    assert manifest.formats["keras"].same_decisions == 1
    assert manifest.evaluation.test.calibrated is not None
    assert set(manifest.versions) == {"keras", "tensorflow", "numpy", "pillow", "ai-edge-litert"}


def test_copies_that_the_network_averages_are_told(bundle_of_diagnoses: Path) -> None:
    assert read_manifest(bundle_of_diagnoses).tta == 4


def test_the_closing_lines_have_both_areas_and_n(manifest: BundleManifest) -> None:
    val = manifest.evaluation.val.model_copy(update={"roc_auc": 0.9, "pr_auc": 0.75})
    test = manifest.evaluation.test.model_copy(update={"roc_auc": 0.85, "pr_auc": 0.7})
    evaluation = manifest.evaluation.model_copy(update={"val": val, "test": test})
    text = report(manifest.model_copy(update={"evaluation": evaluation}), Path("data/export"))
    assert evaluation.warning().startswith("Few malignant lesions (")
    assert text.splitlines() == [
        "Built tiny: simple_cnn, random weights.",
        "Val:  ROC-AUC 0.900, PR-AUC 0.750 (n = 12 images, 4 malignant). To choose by.",
        "Test: ROC-AUC 0.850, PR-AUC 0.700 (n = 12 images, 4 malignant). For reporting only.",
        "The images are generated and without medical meaning: so is the result.",
        evaluation.warning(),
        "Look at: data/export/MODEL_CARD.md, metrics/summary.json, plots/*/*.png",
        "Next:    lesion predict data/raw/images --output predictions.csv",
        "         dvc exp run -S train.learning_rate=0.0003",
    ]


def test_the_closing_lines_of_images_that_were_not_generated(manifest: BundleManifest) -> None:
    data = manifest.data.model_copy(update={"generated": False})
    lines = report(manifest.model_copy(update={"data": data}), Path("bundle")).splitlines()
    assert lines[3] == "For research and education only, not for clinical use."


def test_a_bundle_of_a_collection_without_diagnoses(undiagnosed_bundle: Path) -> None:
    manifest = read_manifest(undiagnosed_bundle)
    assert manifest.data.malignant == manifest.network.malignant == UNDIAGNOSED
    assert manifest.evaluation.test.diagnoses is None
    card = (undiagnosed_bundle / "MODEL_CARD.md").read_text()
    assert "melanoma" not in card and "seven diagnoses" not in card and "| diagnosis: " not in card
    assert "It was told which lesions are malignant, not what they are" in card

from pathlib import Path

import pytest

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


def test_the_policies_are_those_that_can_choose(manifest: BundleManifest) -> None:
    assert set(manifest.policies) == {"target_sensitivity", "youden", "cost", "fixed"}
    point, chosen = manifest.operating_point, manifest.policies["target_sensitivity"]
    assert (chosen.threshold, chosen.val_sensitivity, chosen.val_specificity) == (
        point.threshold, point.val.sensitivity, point.val.specificity
    )  # fmt: skip
    assert manifest.policies["fixed"].threshold == 0.5


def test_copies_that_the_network_averages_are_told(bundle_of_diagnoses: Path) -> None:
    assert read_manifest(bundle_of_diagnoses).tta == 4


def test_a_bundle_of_a_collection_without_diagnoses(undiagnosed_bundle: Path) -> None:
    manifest = read_manifest(undiagnosed_bundle)
    assert manifest.data.malignant == manifest.network.malignant == UNDIAGNOSED
    assert manifest.evaluation.test.diagnoses is None
    card = (undiagnosed_bundle / "MODEL_CARD.md").read_text()
    assert "melanoma" not in card and "seven diagnoses" not in card and "| diagnosis: " not in card
    assert "It was told which lesions are malignant, not what they are" in card

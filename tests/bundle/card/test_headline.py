"""The first lines of the card."""

from pathlib import Path

from lesion_pipeline.bundle.card.headline import headline
from lesion_pipeline.bundle.manifest import read_manifest


def test_three_lines_say_what_it_is_how_good_and_what_not_for(bundle_folder: Path) -> None:
    manifest = read_manifest(bundle_folder)
    what, good, purpose = headline(manifest).splitlines()
    train = manifest.data.split["train"]
    images = train["benign"].images + train["malignant"].images
    lesions = train["benign"].lesions + train["malignant"].lesions
    assert f"(simple_cnn, trained on {images} images of {lesions} lesions)" in what
    scores, rates = manifest.evaluation.test, manifest.operating_point.test
    low, high = scores.roc_auc_interval
    assert f"On test ({scores.images} images" in good
    assert f"ROC-AUC {scores.roc_auc:.3f} ({low:.3f} to {high:.3f})" in good
    low, high = rates.sensitivity_interval
    assert f"sensitivity {rates.sensitivity:.3f} ({low:.3f}-{high:.3f})" in good
    assert "The pipeline chose nothing on test: the epoch was chosen by PR-AUC on val" in good
    assert "not for clinical use" in purpose


def test_they_stand_first_in_the_card(bundle_folder: Path) -> None:
    text = (bundle_folder / "MODEL_CARD.md").read_text().split("---\n", 2)[2]
    assert text.startswith(f"\n# tiny\n\n{headline(read_manifest(bundle_folder))}\n\n")

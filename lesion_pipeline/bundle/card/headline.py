"""The first lines of the model card: what it is, how good, and what it is not for."""

from typing import Final

from lesion_pipeline.bundle.card.cells import rate
from lesion_pipeline.bundle.card.operating_point import chosen_by
from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.text_table import with_interval

DISCLAIMER: Final = (
    "**For research and education only. Not a medical device, not for clinical use.**"
)


def headline(manifest: BundleManifest) -> str:
    """Return three lines, as a list."""
    lines = (_what(manifest), _how_good(manifest), DISCLAIMER)
    return "\n".join(f"- {line}" for line in lines)


def _what(manifest: BundleManifest) -> str:
    splits = ("train", "val") if manifest.network.out_of_fold else ("train",)
    train = [part for split in splits for part in manifest.data.split[split].values()]
    images, lesions = (sum(getattr(part, unit) for part in train) for unit in ("images", "lesions"))
    return (
        f"A network ({manifest.network.arch}, trained on {images:,} images of {lesions:,} lesions) "
        "that predicts the probability that a dermoscopic image shows a malignant lesion."
    )


def _how_good(manifest: BundleManifest) -> str:
    scores, point = manifest.evaluation.test, manifest.operating_point
    rates = point.test
    return (
        f"On test ({scores.images:,} images, {scores.malignant:,} malignant): ROC-AUC "
        f"{with_interval(scores.roc_auc, scores.roc_auc_interval)}, sensitivity "
        f"{rate(rates.sensitivity, rates.sensitivity_interval)}, specificity "
        f"{rate(rates.specificity, rates.specificity_interval)}, with 95 % intervals. The pipeline "
        "chose nothing on test: "
        f"{_epoch(manifest)}, the threshold is {chosen_by(point)}."
    )


def _epoch(manifest: BundleManifest) -> str:
    if manifest.network.out_of_fold:
        return (
            "the epoch of each member was chosen by PR-AUC on the fold that it was not trained on; "
            "val are these predictions of all folds, train and val together"
        )
    return "the epoch was chosen by PR-AUC on val"

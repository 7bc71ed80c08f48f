"""What a reader sees first: three lines, and what is said across the page."""

from typing import Final

from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.reporting.page import Opening
from lesion_pipeline.scores.results import Rates, SplitScores
from lesion_pipeline.text_table import with_interval

DISCLAIMER: Final = "For research and education only. Not a medical device, not for clinical use."
GENERATED: Final = "Generated pictures: no figure here has a medical meaning."
_MEANINGLESS: Final = (
    "A program drew the pictures, so the figures show that the pipeline runs, not that the network "
    "recognises disease."
)


def opening(manifest: BundleManifest) -> Opening:
    """Return title, warnings and the three lines."""
    generated = manifest.data.generated
    return Opening(
        title=f"{manifest.name}: report",
        warnings=(GENERATED, DISCLAIMER) if generated else (DISCLAIMER,),
        lines=(
            ("What it is", _what(manifest)),
            ("How good", _how_good(manifest)),
            ("What it is not", _what_not(manifest)),
        ),
    )


def _what(manifest: BundleManifest) -> str:
    train = list(manifest.data.split["train"].values())
    images, lesions = (sum(getattr(part, unit) for part in train) for unit in ("images", "lesions"))
    return (
        f"A network ({manifest.network.arch}) that predicts the probability that a dermoscopic "
        f"image shows a malignant lesion, trained on {images:,} images of {lesions:,} lesions: "
        f"{manifest.data.attribution.title}."
    )


def _how_good(manifest: BundleManifest) -> str:
    evaluation, point = manifest.evaluation, manifest.operating_point
    return (
        f"Val, on which it was chosen: {_figures(evaluation.val, point.val)}. Test, which chose "
        f"nothing and is for reporting only: {_figures(evaluation.test, point.test)}. In brackets: "
        "95 % intervals."
    )


def _figures(scores: SplitScores, rates: Rates) -> str:
    return (
        f"ROC-AUC {with_interval(scores.roc_auc, scores.roc_auc_interval)}, sensitivity "
        f"{with_interval(rates.sensitivity, rates.sensitivity_interval)}, specificity "
        f"{with_interval(rates.specificity, rates.specificity_interval)} "
        f"({scores.images:,} images, {scores.malignant:,} malignant)"
    )


def _what_not(manifest: BundleManifest) -> str:
    parts = [
        f"**{DISCLAIMER}**",
        _MEANINGLESS if manifest.data.generated else "",
        manifest.evaluation.warning(),
        "[Limits](#limits) and [what only people can answer](#people) are part of the result.",
    ]
    return " ".join(part for part in parts if part)

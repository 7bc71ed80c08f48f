"""The lines with which `dvc repro` ends."""

from collections.abc import Iterator
from pathlib import Path

from lesion_pipeline.bundle.manifest import CARD, BundleManifest
from lesion_pipeline.scores.results import SplitScores


def closing_lines(manifest: BundleManifest, target: Path) -> str:
    """Return in a few plain lines what was built, how good it is and what to do next.

    val comes first, as nothing may be chosen on test.

    Args:
        manifest: of the bundle.
        target: the folder of the bundle, as people would type it.
    """
    return "\n".join(_lines(manifest, target))


def _lines(manifest: BundleManifest, target: Path) -> Iterator[str]:
    network, scores = manifest.network, manifest.evaluation
    yield f"Built {manifest.name}: {network.arch}, {network.weights.origin} weights."
    if network.weights.fell_back:
        yield f"The ImageNet weights of {network.arch} couldn't be had, so expect little. Again:"
        yield "  dvc repro --force --single-item backbone && dvc repro"
    how = "Out of fold, to choose by." if network.out_of_fold else "To choose by."
    yield f"Val:  {_areas(scores.val)} {how}"
    yield f"Test: {_areas(scores.test)} For reporting only."
    if manifest.data.generated:
        yield "The images are generated and without medical meaning: so is the result."
    else:
        yield "For research and education only, not for clinical use."
    yield from filter(None, [scores.warning()])
    yield f"Look at: {target / CARD}, metrics/summary.json, plots/"
    yield "Next:    lesion predict data/raw/images --output predictions.csv"
    yield "         dvc exp run -S train.learning_rate=0.0003"


def _areas(scores: SplitScores) -> str:
    return (
        f"ROC-AUC {scores.roc_auc:.3f}, PR-AUC {scores.pr_auc:.3f} "
        f"(n = {scores.images} images, {scores.malignant} malignant)."
    )

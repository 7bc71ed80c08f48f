"""Put operating point, figures and card beside the network's files."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic import Field

from lesion_pipeline.bundle.card import model_card
from lesion_pipeline.bundle.formats import FormatParams
from lesion_pipeline.bundle.manifest import CARD, BundleManifest, write_manifest
from lesion_pipeline.core.files import write_text

_IMAGE: Final = {"size": "image_size", "resize": "resize"}
_PACKAGES: Final = ("keras", "tensorflow", "numpy", "pillow", "ai-edge-litert")


class ExportParams(FormatParams):
    """How the bundle is called, and what FormatParams has."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")


@dataclass(frozen=True)
class Results:
    """What earlier stages found, each as its file has it."""

    network: dict[str, Any]
    formats: dict[str, Any]
    images: dict[str, Any]
    collection: dict[str, Any]
    split: dict[str, Any]
    threshold: dict[str, Any]
    calibrator: dict[str, Any]
    metrics: dict[str, Any]
    subgroups: pd.DataFrame
    prevalence: pd.DataFrame


def export(results: Results, target: Path, params: ExportParams) -> BundleManifest:
    """Write bundle.json and MODEL_CARD.md into a folder with the network's files.

    Args:
        results: facts and figures for manifest and card.
        target: where to.
        params: the bundle's name.
    """
    manifest = BundleManifest.model_validate(
        {
            "name": params.name,
            "outputs": results.network["outputs"],
            "malignant": results.network["malignant"],
            "image": {name: results.images[of] for name, of in _IMAGE.items()},
            "formats": results.formats,
            "threshold": results.threshold["threshold"],
            "calibrator": results.calibrator,
            "operating_point": results.threshold,
            "network": results.network,
            "data": {
                **results.collection,
                "bad_images": len(results.images["bad"]),
                "split": results.split["counts"],
            },
            "metrics": {split: results.metrics[split] for split in ("val", "test")},
            "versions": {name: version(name) for name in _PACKAGES},
        }
    )
    write_manifest(target, manifest)
    write_text(target / CARD, model_card(manifest, results.subgroups, results.prevalence))
    return manifest


def report(manifest: BundleManifest, target: Path) -> str:
    """Say in a few plain lines what was built, how good it is and what to do next."""
    network, test = manifest.network, manifest.metrics.test
    lines = [
        f"Built {manifest.name}: {network.arch}, {network.weights.origin} weights.",
        f"Test: ROC-AUC {test.roc_auc:.3f}, PR-AUC {test.pr_auc:.3f} "
        f"(n = {test.images} images, {test.malignant} malignant).",
        "The images are generated and without medical meaning: so is the result."
        if manifest.data.generated
        else "For research and education only, not for clinical use.",
        f"Look at: {target / CARD}, metrics/summary.json, plots/*/*.png",
        "Next:    lesion predict data/raw/images --output predictions.csv",
        "         dvc exp run -S train.learning_rate=0.0003",
    ]
    return "\n".join(lines)

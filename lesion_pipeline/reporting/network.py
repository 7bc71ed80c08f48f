"""The chapter on the network and its training."""

import pandas as pd

from lesion_pipeline.bundle.card.network import network_section
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.page import Chapter
from lesion_pipeline.reporting.pictures import Shown


def training(facts: ReportFacts) -> Chapter:
    """Return what the network is, and how training went."""
    manifest = facts.manifest
    image, network = manifest.image, manifest.network
    kept = (
        f"Images are brought to {image.size} x {image.size} pixels ({image.resize}). "
        f"{_of_members(network) if network.members else _of_one(network, facts.history)} "
        "Test was not looked at."
    )
    chart = Shown(
        "draw/history",
        f"ROC-AUC and PR-AUC on val, and the losses of train and val, by epoch; epoch "
        f"{network.best.epoch} was kept.",
        "Training: scores on val above, losses of train and val below.",
    )
    text = network_section(manifest.network, manifest.tta)
    return Chapter("training", "Network and training", (text, kept, (chart,)))


def _of_one(network: NetworkManifest, history: pd.DataFrame) -> str:
    best, last = network.best, history.iloc[-1]
    return (
        f"Of {network.epochs} epochs, number {best.epoch} ({best.phase}) was kept: the one with "
        f"the highest PR-AUC on val (PR-AUC {best.val_pr_auc:.3f}, ROC-AUC "
        f"{best.val_roc_auc:.3f}). After the last one val's were {last['val_pr_auc']:.3f} and "
        f"{last['val_roc_auc']:.3f}."
    )


def _of_members(network: NetworkManifest) -> str:
    scored = "the fold that it was not trained on" if network.out_of_fold else "val"
    return (
        f"Of each member the epoch with the highest PR-AUC on {scored} was kept; the median is "
        f"{network.best.epoch}."
    )

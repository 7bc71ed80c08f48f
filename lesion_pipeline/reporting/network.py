"""The chapter on the network and its training."""

from lesion_pipeline.bundle.card.network import network_section
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.page import Chapter
from lesion_pipeline.reporting.pictures import Shown


def training(facts: ReportFacts) -> Chapter:
    """Return what the network is, and how training went."""
    manifest = facts.manifest
    best, last = manifest.network.best, facts.history.iloc[-1]
    image, scored = manifest.image, f"PR-AUC {best.val_pr_auc:.3f}, ROC-AUC {best.val_roc_auc:.3f}"
    kept = (
        f"Images are brought to {image.size} x {image.size} pixels ({image.resize}). Of "
        f"{manifest.network.epochs} epochs, number {best.epoch} ({best.phase}) was kept: the one "
        f"with the highest PR-AUC on val ({scored}). After the last one val's were "
        f"{last['val_pr_auc']:.3f} and {last['val_roc_auc']:.3f}. Test was not looked at."
    )
    chart = Shown(
        "draw/history",
        f"ROC-AUC and PR-AUC on val, and the losses of train and val, by epoch; epoch {best.epoch} "
        "was kept.",
        "Training: scores on val above, losses of train and val below.",
    )
    text = network_section(manifest.network, manifest.tta)
    return Chapter("training", "Network and training", (text, kept, (chart,)))

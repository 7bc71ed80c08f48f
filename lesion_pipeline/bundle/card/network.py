"""Sections of the model card on the network and its data."""

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.bundle.results import DataSummary
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.sources.collection import Attribution
from lesion_pipeline.splitting.summary import Counts


def network_section(network: NetworkManifest, tta: int) -> str:
    """Return what the network is, as a list."""
    trained = ", ".join(
        f"{phase}: {count:,}" for phase, count in network.trainable_parameters.items()
    )
    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in network.class_weights.items())
    lines = [
        f"- architecture: {network.arch}, {network.total_parameters:,} parameters",
        f"- weights before training: {network.weights.origin} ({network.weights.source})",
        f"- features: {network.features}; trained parameters by phase: {trained}",
        f"- kernels in training: {network.kernels}"
        + (" (the same on every x86-64 processor with AVX2)" * (network.kernels == "portable")),
        f"- outputs: probabilities of {', '.join(network.outputs)}",
        *([f"- test-time augmentation: mean over {tta} copies of each image"] if tta > 1 else []),
        f"- class weights in training: {weights}; label smoothing: {network.label_smoothing:g}. "
        "The last layers take both out of the outputs, so the probabilities hold for the class "
        "frequencies of these data",
    ]
    return "\n".join(lines)


def data_section(data: DataSummary) -> str:
    """Return whose images these are, and how many there are by split and class."""
    malignant = ", ".join(DIAGNOSES[dx] for dx in data.malignant)
    rows = [
        (split, *(_counts(part[name]) for name in CLASSES)) for split, part in data.split.items()
    ]
    return (
        f"Source: {data.source}, {data.images} images of {data.lesions} lesions, split by lesion. "
        f"Malignant: {malignant}. {data.bad_images} of the images could not be decoded; the scores "
        "below are without them.\n\n"
        f"{_attribution(data.attribution)}\n\n" + table(("images (lesions)", *CLASSES), rows)
    )


def _counts(counts: Counts) -> str:
    return f"{counts.images} ({counts.lesions})"


def _attribution(attribution: Attribution) -> str:
    """Return whose images these are; facts that are not known are left out."""
    facts = (
        ("version", attribution.version),
        ("published", attribution.date),
        ("licence", attribution.licence),
        ("cite", attribution.citation),
    )
    known = "; ".join(f"{name}: {fact}" for name, fact in facts if fact)
    return f"{attribution.title}: {attribution.source}; {known}."

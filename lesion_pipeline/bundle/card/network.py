"""The section of the model card on the network."""

from lesion_pipeline.networks.manifest import Members, NetworkManifest


def network_section(network: NetworkManifest, tta: int) -> str:
    """Return what the network is, as a list."""
    trained = ", ".join(
        f"{phase}: {count:,}" for phase, count in network.trainable_parameters.items()
    )
    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in network.class_weights.items())
    lines = [
        f"- architecture: {network.arch}, {network.total_parameters:,} parameters",
        f"- weights before training: {network.weights.origin} ({network.weights.source})",
        f"- features: {network.vectors or network.features}" + _components(network),
        f"- trained parameters by phase: {trained}",
        *_members(network),
        f"- kernels in training: {network.kernels}"
        + (" (the same on every x86-64 processor with AVX2)" * (network.kernels == "portable")),
        f"- outputs: probabilities of {', '.join(network.outputs)}",
        *([f"- test-time augmentation: mean over {tta} copies of each image"] if tta > 1 else []),
        f"- class weights in training: {weights}; label smoothing: {network.label_smoothing:g}. "
        "The last layers take both out of the outputs, so the probabilities hold for the class "
        "frequencies of these data",
    ]
    return "\n".join(lines)


def _components(network: NetworkManifest) -> str:
    if network.components is None:
        return ""
    return f", of which the head reads {network.components:,} principal components"


def _members(network: NetworkManifest) -> list[str]:
    """Return whose mean the network is, or what it learnt from, and how much trainings vary."""
    if network.members is not None:
        return [f"- {_trained(network.members)}. It is the mean of their probabilities"]
    if network.teacher is not None:
        return [
            f"- it learnt from the labels and, with a weight of {network.teacher.weight:g}, from "
            f"the probabilities that others predicted for images new to them: "
            f"{_trained(network.teacher.members)}"
        ]
    return []


def _trained(members: Members) -> str:
    count = len(members.members)
    scored = "each scored on its own fold" if members.folds > 1 else "each scored on val"
    roc, pr = members.roc_auc, members.pr_auc
    text = (
        f"{count} trainings (folds: {members.folds}, seeds: {members.seeds}), {scored}: ROC-AUC "
        f"{roc.mean:.3f} with a standard deviation of {roc.deviation:.3f}, PR-AUC {pr.mean:.3f} "
        f"with one of {pr.deviation:.3f}"
    )
    if roc.between_seeds is not None and pr.between_seeds is not None:
        text += (
            f"; between seeds alone {roc.between_seeds:.3f} and {pr.between_seeds:.3f}, which no "
            "interval below contains"
        )
    return text

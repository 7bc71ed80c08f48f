"""The section of the model card on the network."""

from lesion_pipeline.networks.manifest import NetworkManifest


def network_section(network: NetworkManifest, tta: int) -> str:
    """Return what the network is, as a list."""
    trained = ", ".join(
        f"{phase}: {count:,}" for phase, count in network.trainable_parameters.items()
    )
    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in network.class_weights.items())
    lines = [
        f"- architecture: {network.arch}, {network.total_parameters:,} parameters",
        f"- weights before training: {network.weights.origin} ({network.weights.source})",
        f"- features: {network.vectors or network.features}",
        f"- trained parameters by phase: {trained}",
        f"- kernels in training: {network.kernels}"
        + (" (the same on every x86-64 processor with AVX2)" * (network.kernels == "portable")),
        f"- outputs: probabilities of {', '.join(network.outputs)}",
        *([f"- test-time augmentation: mean over {tta} copies of each image"] if tta > 1 else []),
        f"- class weights in training: {weights}; label smoothing: {network.label_smoothing:g}. "
        "The last layers take both out of the outputs, so the probabilities hold for the class "
        "frequencies of these data",
    ]
    return "\n".join(lines)

from lesion_pipeline.bundle.card.network import network_section
from lesion_pipeline.networks.manifest import BestEpoch, NetworkManifest, WeightSource

NETWORK = NetworkManifest(
    arch="vgg16",
    weights=WeightSource(requested="bundled", origin="imagenet", source="a package 1.0, MIT"),
    image_size=64,
    stages=("a", "b"),
    frozen=True,
    parameters=1000,
    kernels="portable",
    target="binary",
    outputs=("malignant",),
    malignant=("mel", "bcc"),
    cut="top",
    features="multilevel",
    total_parameters=1234567,
    trainable_parameters={"head": 2345, "fine_tune": 12},
    class_weights={"benign": 0.8, "malignant": 1.4375},
    label_smoothing=0.1,
    best=BestEpoch(epoch=3, phase="head", val_roc_auc=0.9, val_pr_auc=0.8),
    epochs=4,
)


def test_the_network() -> None:
    lines = network_section(NETWORK, tta=1).splitlines()
    assert lines[:6] == [
        "- architecture: vgg16, 1,234,567 parameters",
        "- weights before training: imagenet (a package 1.0, MIT)",
        "- features: multilevel",
        "- trained parameters by phase: head: 2,345, fine_tune: 12",
        "- kernels in training: portable (the same on every x86-64 processor with AVX2)",
        "- outputs: probabilities of malignant",
    ]
    assert lines[6].startswith("- class weights in training: benign 0.8, malignant 1.44; ")
    assert len(lines) == 7


def test_test_time_augmentation_is_mentioned_if_there_is_any() -> None:
    assert "- test-time augmentation: mean over 4 copies of each image" in network_section(
        NETWORK, tta=4
    )

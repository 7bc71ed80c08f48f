from lesion_pipeline.bundle.card.network import network_section
from lesion_pipeline.networks.manifest import (
    BestEpoch,
    MemberFacts,
    Members,
    MemberSpread,
    NetworkManifest,
    TeacherFacts,
    WeightSource,
)

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
    assert lines[:5] == [
        "- architecture: vgg16, 1,234,567 parameters",
        "- weights before training: imagenet (a package 1.0, MIT)",
        "- features: multilevel; trained parameters by phase: head: 2,345, fine_tune: 12",
        "- kernels in training: portable (the same on every x86-64 processor with AVX2)",
        "- outputs: probabilities of malignant",
    ]
    assert lines[5].startswith("- class weights in training: benign 0.8, malignant 1.44; ")
    assert len(lines) == 6


def test_test_time_augmentation_is_mentioned_if_there_is_any() -> None:
    assert "- test-time augmentation: mean over 4 copies of each image" in network_section(
        NETWORK, tta=4
    )


MEMBERS = Members(
    folds=2,
    seeds=2,
    members=tuple(
        MemberFacts(fold=fold, seed=seed, best=NETWORK.best, epochs=4)
        for fold in (1, 2)
        for seed in (1, 2)
    ),
    roc_auc=MemberSpread(mean=0.9, deviation=0.01, between_seeds=0.004),
    pr_auc=MemberSpread(mean=0.8, deviation=0.02, between_seeds=0.008),
)
SPREAD = (
    "4 trainings (2 folds, 2 seeds), each scored on its own fold: ROC-AUC 0.900 with a standard "
    "deviation of 0.010, PR-AUC 0.800 with one of 0.020; between seeds alone 0.004 and 0.008, "
    "which no interval below contains"
)


def test_members_and_their_spread_are_told() -> None:
    network = NETWORK.model_copy(update={"members": MEMBERS})
    assert f"- {SPREAD}. It is the mean of their probabilities" in network_section(network, 1)


def test_a_teacher_is_told() -> None:
    teacher = TeacherFacts(weight=0.5, members=MEMBERS)
    network = NETWORK.model_copy(update={"teacher": teacher})
    text = "- it learnt from the labels and, with a weight of 0.5, from the probabilities that "
    assert f"{text}others predicted for images new to them: {SPREAD}\n" in network_section(
        network, 1
    )

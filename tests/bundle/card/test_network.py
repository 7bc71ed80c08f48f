import pytest

from lesion_pipeline.bundle.card.network import data_section, network_section
from lesion_pipeline.bundle.results import DataSummary
from lesion_pipeline.networks.manifest import BestEpoch, NetworkManifest, WeightSource
from lesion_pipeline.sources.collection import GENERATED, Attribution
from lesion_pipeline.splitting.summary import Counts

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
DATA = DataSummary(
    source="sample", generated=True, malignant=("mel", "bcc"), images=21, lesions=18,
    attribution=GENERATED, bad_images=2,
    split={
        "train": {"benign": Counts(images=8, lesions=7), "malignant": Counts(images=4, lesions=3)},
        "val": {"benign": Counts(images=5, lesions=5), "malignant": Counts(images=2, lesions=1)},
    },
)  # fmt: skip


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


def test_the_data() -> None:
    lines = data_section(DATA).splitlines()
    assert lines[0] == (
        "Source: sample, 21 images of 18 lesions, split by lesion. Malignant: melanoma, basal cell "
        "carcinoma. 2 of the images could not be decoded; the scores below are without them."
    )
    assert lines[-4:] == [
        "| images (lesions) | benign | malignant |",
        "|---|---|---|",
        "| train | 8 (7) | 4 (3) |",
        "| val | 5 (5) | 2 (1) |",
    ]


@pytest.mark.parametrize(
    ("attribution", "text"),
    [
        (
            Attribution(
                title="A set", source="a place", licence="CC0", citation="Somebody 2018",
                version="2", date="2019",
            ),
            "A set: a place; version: 2; published: 2019; licence: CC0; cite: Somebody 2018.",
        ),
        (
            Attribution(title="A set", source="a place", licence="CC0"),
            "A set: a place; licence: CC0.",
        ),
    ],
)  # fmt: skip
def test_whose_images_they_are_without_what_is_not_known(
    attribution: Attribution, text: str
) -> None:
    section = data_section(DATA.model_copy(update={"attribution": attribution}))
    assert section.split("\n\n")[1] == text

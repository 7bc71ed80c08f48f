import pytest

from lesion_pipeline.bundle.card.data import data_section, limits_section, uses_section
from lesion_pipeline.bundle.results import DataSummary
from lesion_pipeline.sources.collection import GENERATED, LOCAL, Attribution
from lesion_pipeline.splitting.summary import Counts

DATA = DataSummary(
    source="sample", generated=True, malignant=("mel", "bcc"), images=21, lesions=18,
    attribution=GENERATED, bad_images=2,
    split={
        "train": {"benign": Counts(images=8, lesions=7), "malignant": Counts(images=4, lesions=3)},
        "val": {"benign": Counts(images=5, lesions=5), "malignant": Counts(images=2, lesions=1)},
    },
)  # fmt: skip


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


def test_that_all_images_could_be_decoded_is_said_plainly() -> None:
    assert "All images could be decoded." in data_section(DATA.model_copy(update={"bad_images": 0}))


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


def of_ham10000(source: str, title: str) -> DataSummary:
    attribution = LOCAL.stated(title, None, None)
    return DATA.model_copy(update={"source": source, "attribution": attribution})


@pytest.mark.parametrize(
    ("source", "title"), [("kaggle", "As published"), ("local", "HAM10000, our copy")]
)
def test_the_limits_of_ham10000(source: str, title: str) -> None:
    data = of_ham10000(source, title)
    limits = limits_section(data)
    assert "a clinic in Austria" in limits and limits.endswith("as non-commercial.")
    assert "training data (33%, far higher than in a practice)" in limits
    assert "in the way of HAM10000's images" in uses_section(data)


def test_another_collection_has_limits_of_its_own() -> None:
    attribution = LOCAL.stated("Clinic", "Hospital 7", "Somebody 2026")
    data = DATA.model_copy(update={"source": "local", "attribution": attribution})
    whole = "\n".join([uses_section(data), data_section(data), limits_section(data)])
    assert "HAM10000" not in whole and "Austria" not in whole
    assert "Clinic: a folder or zip file" in whole and "cite: Somebody 2026." in whole
    limits = limits_section(data).splitlines()
    assert limits[2].startswith("- It predicts seven diagnoses.")
    assert "the training data (33%)." in limits[3]
    assert limits[4].endswith("it was trained on. Their licence: Hospital 7.")


def test_a_collection_without_diagnoses() -> None:
    data = DATA.model_copy(update={"source": "local", "malignant": ("malignant",)})
    assert "Malignant: as the collection's table has it, which has no" in data_section(data)
    assert "seven diagnoses" not in limits_section(data)
    assert "It was told which lesions are malignant, not what they are" in limits_section(data)

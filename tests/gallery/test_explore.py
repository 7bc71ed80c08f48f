"""An overview of the collection."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lesion_pipeline.core.files import write_figures
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
from lesion_pipeline.gallery.explore import EXAMPLES, class_table, examples, explore
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.images import read_image
from lesion_pipeline.splitting.params import Ratios, SplitParams
from lesion_pipeline.splitting.split import split

pytestmark = pytest.mark.slow

PARAMS = SplitParams(
    strategy="reference", ratios=Ratios(train=0.5, val=0.25, test=0.25), folds=5, fold=1,
    file=None, same_lesion_pairs=None, seed=1,
)  # fmt: skip
PICTURES = ["age", "diagnoses", "images_per_lesion", "localization", "sex"]
GENERATED = PictureRules(True, PictureParams(real_images=False))


@pytest.fixture
def table(metadata: pd.DataFrame) -> pd.DataFrame:
    return split(metadata, PARAMS)


@pytest.fixture
def images(
    tmp_path: Path, metadata: pd.DataFrame, write_noise: Callable[[Path, int], None]
) -> Path:
    for seed, image_id in enumerate(metadata["image_id"]):
        write_noise(tmp_path / f"images/{image_id}.jpg", seed)
    return tmp_path / "images"


def bars(figure: Figure) -> dict[str, float]:
    """Lengths of the horizontal bars by name, benign and malignant together."""
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    benign, malignant = ([bar.get_width() for bar in group] for group in axes.containers)
    return dict(zip(names, np.add(benign, malignant).tolist(), strict=True))


def shown(figure: Figure) -> dict[str, list[np.ndarray]]:
    """The images of the examples by diagnosis."""
    result: dict[str, list[np.ndarray]] = {}
    dx = ""
    for axes in figure.axes:
        dx = axes.texts[0].get_text() if axes.texts else dx  # the first of a row has the name
        result.setdefault(dx, []).extend(image.get_array() for image in axes.images)
    return result


def test_every_pair_of_diagnosis_and_split_is_counted() -> None:
    rows = [("nv", "train"), ("nv", "train"), ("mel", "val")]
    counts = class_table(pd.DataFrame(rows, columns=["dx", "split"]))
    assert counts["dx"].tolist() == [dx for dx in DIAGNOSES for _ in range(3)]
    assert counts["split"].tolist() == ["train", "val", "test"] * 7
    found = counts[counts["images"] > 0].to_dict("records")
    assert found == [
        {"dx": "mel", "split": "val", "images": 1},
        {"dx": "nv", "split": "train", "images": 2},
    ]


def test_all_images_are_counted(table: pd.DataFrame) -> None:
    assert class_table(table)["images"].sum() == len(table)


def test_each_chart_can_be_written(tmp_path: Path, table: pd.DataFrame) -> None:
    write_figures(tmp_path / "plots", explore(table))
    assert sorted(file.stem for file in (tmp_path / "plots").iterdir()) == PICTURES


def test_bars_are_as_long_as_there_are_images(table: pd.DataFrame) -> None:
    assert bars(explore(table)["localization"]) == {"back": 28, "face": 14}


def test_what_is_missing_is_shown_as_missing(table: pd.DataFrame) -> None:
    table.loc[table["localization"] == "face", "localization"] = None
    assert bars(explore(table)["localization"]) == {"back": 28, "missing": 14}


def test_a_collection_without_age_sex_and_site_can_be_drawn(table: pd.DataFrame) -> None:
    pictures = explore(table.assign(age=np.nan, sex=np.nan, localization=np.nan))
    assert bars(pictures["sex"]) == {"missing": 42}
    assert pictures["age"].axes[0].get_xlabel() == "years (missing: 42)"


def test_the_oldest_is_inside_the_picture(table: pd.DataFrame) -> None:
    table.loc[0, "age"] = 120.0
    axes = explore(table)["age"].axes[0]
    drawn = sum(bar.get_height() for bar in axes.containers[1])
    assert drawn == (table["label"] == 1).sum()
    assert axes.get_xlim()[1] > 120


def test_the_examples_are_of_different_lesions(table: pd.DataFrame, images: Path) -> None:
    drawn = shown(examples(table, images, GENERATED)["examples"])
    assert list(drawn) == list(DIAGNOSES)
    for dx, found in drawn.items():
        first = [images / f"I_{dx}_{lesion}_0.jpg" for lesion in range(4)]
        np.testing.assert_array_equal(found, [read_image(file, 150, "squash") for file in first])


def test_a_diagnosis_without_images_has_no_row(table: pd.DataFrame, images: Path) -> None:
    some = table[~table["dx"].isin(["bcc", "vasc"])]
    chart = examples(some, images, GENERATED)["examples"]
    left = [dx for dx in DIAGNOSES if dx not in ("bcc", "vasc")]
    assert list(shown(chart)) == left and len(chart.axes) == 4 * len(left)


def test_a_collection_without_diagnoses_is_shown_by_its_labels(
    table: pd.DataFrame, images: Path
) -> None:
    labelled = table.assign(dx=np.take(CLASSES, table["label"]))
    assert list(shown(examples(labelled, images, GENERATED)["examples"])) == ["benign", "malignant"]
    counts = class_table(labelled)
    assert counts["dx"].tolist() == ["benign"] * 3 + ["malignant"] * 3
    assert counts["images"].sum() == len(table)


def test_a_bad_image_is_no_example(table: pd.DataFrame, images: Path) -> None:
    (images / "I_mel_0_0.jpg").write_bytes(b"")
    assert len(shown(examples(table, images, GENERATED)["examples"])["mel"]) == 3


def test_there_are_no_more_examples_than_fit(table: pd.DataFrame, images: Path) -> None:
    alone = table.assign(dx="nv", lesion_id=table["image_id"])
    drawn = shown(examples(alone, images, GENERATED)["examples"])
    assert {dx: len(found) for dx, found in drawn.items()} == {"nv": EXAMPLES}


def test_a_diagnosis_without_an_image_is_named_instead_of_an_empty_row(
    table: pd.DataFrame, images: Path
) -> None:
    some = table[table["dx"].isin(["mel", "nv"])]
    figure = examples(some, images, GENERATED)["examples"]
    assert list(shown(figure)) == ["mel", "nv"]
    assert figure.get_suptitle() == (
        "Some images. Generated, without medical meaning\nNo image of: akiec, bcc, bkl, df, vasc"
    )


def test_images_are_not_read_unless_they_are_drawn(table: pd.DataFrame, tmp_path: Path) -> None:
    off = PictureRules(False, PictureParams(real_images=False))
    assert examples(table, tmp_path / "none", off) == {}

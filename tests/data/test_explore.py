"""What the collection is like."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.data.explore import class_table, draw
from lesion_pipeline.data.split import Ratios, SplitParams, split
from lesion_pipeline.files import write_figures
from lesion_pipeline.labels import DIAGNOSES

PARAMS = SplitParams(ratios=Ratios(train=0.5, val=0.25, test=0.25), seed=1)
PICTURES = ["age", "diagnoses", "images_per_lesion", "localization", "sex"]


@pytest.fixture
def table(metadata: pd.DataFrame) -> pd.DataFrame:
    return split(metadata, PARAMS)


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


def test_each_picture_can_be_written(tmp_path: Path, table: pd.DataFrame) -> None:
    write_figures(tmp_path, draw(table))
    assert sorted(file.stem for file in tmp_path.iterdir()) == PICTURES


def bars(figure: object) -> dict[str, float]:
    """Lengths of the horizontal bars by name, benign and malignant together."""
    axes = figure.axes[0]  # type: ignore[attr-defined]
    names = [label.get_text() for label in axes.get_yticklabels()]
    benign, malignant = ([bar.get_width() for bar in group] for group in axes.containers)
    return dict(zip(names, np.add(benign, malignant).tolist(), strict=True))


def test_bars_are_as_long_as_there_are_images(table: pd.DataFrame) -> None:
    assert bars(draw(table)["localization"]) == {"back": 28, "face": 14}


def test_what_is_missing_is_shown_as_missing(table: pd.DataFrame) -> None:
    table.loc[table["localization"] == "face", "localization"] = None
    assert bars(draw(table)["localization"]) == {"back": 28, "missing": 14}


def test_a_collection_without_age_sex_and_site_can_be_drawn(table: pd.DataFrame) -> None:
    pictures = draw(table.assign(age=np.nan, sex=np.nan, localization=np.nan))
    assert bars(pictures["sex"]) == {"missing": 42}
    assert pictures["age"].axes[0].get_xlabel() == "years (missing: 42)"


def test_the_oldest_is_inside_the_picture(table: pd.DataFrame) -> None:
    table.loc[0, "age"] = 120.0
    axes = draw(table)["age"].axes[0]
    drawn = sum(bar.get_height() for bar in axes.containers[1])  # stacked on the benign ones
    assert drawn == (table["label"] == 1).sum()
    assert axes.get_xlim()[1] > 120

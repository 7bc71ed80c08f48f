"""Bars of a collection are as long as the table has rows."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from lesion_pipeline.charts.collection import (
    age_chart,
    categories_chart,
    diagnoses_chart,
    lesions_chart,
)
from lesion_pipeline.charts.style import CLASS_COLOURS
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES


@pytest.fixture
def table() -> pd.DataFrame:
    """Six images of four lesions."""
    rows = [
        ("L1", "nv", 0, "train", 40.0, "male"),
        ("L1", "nv", 0, "train", 42.0, "male"),
        ("L1", "nv", 0, "train", 42.0, "male"),
        ("L2", "nv", 0, "val", np.nan, "female"),
        ("L3", "mel", 1, "train", 97.0, "male"),
        ("L4", "mel", 1, "test", 41.0, None),
    ]
    return pd.DataFrame(rows, columns=["lesion_id", "dx", "label", "split", "age", "sex"])


def heights(axes: Axes) -> list[list[float]]:
    return [[bar.get_height() for bar in group] for group in axes.containers]


def legend(axes: Axes) -> list[str]:
    found = axes.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_a_collection_without_diagnoses_has_two_rows(table: pd.DataFrame) -> None:
    axes = diagnoses_chart(table.assign(dx=np.take(CLASSES, table["label"]))).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["benign", "malignant"]
    widths = [[bar.get_width() for bar in group] for group in axes.containers]
    assert widths == [[3, 1], [1, 0], [0, 1]]


def test_images_by_diagnosis_have_a_bar_and_a_number_for_each_split(table: pd.DataFrame) -> None:
    figure = diagnoses_chart(table)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(DIAGNOSES)
    mel, nv = (list(DIAGNOSES).index(dx) for dx in ("mel", "nv"))
    train, val, test = ([bar.get_width() for bar in group] for group in axes.containers)
    assert (train[mel], val[mel], test[mel]) == (1, 0, 1)
    assert (train[nv], val[nv], test[nv]) == (3, 1, 0)
    assert sum(train + val + test) == 6
    assert axes.get_xscale() == "log"  # nevi are ten times as many as the others
    numbers = [text.get_text() for text in axes.texts]
    assert [numbers[7 * split + nv] for split in range(3)] == ["3", "1", "0"]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["benign", "malignant", "train", "val", "test"]


def test_malignant_diagnoses_have_their_colour(table: pd.DataFrame) -> None:
    bars = diagnoses_chart(table).axes[0].containers[0]
    colours = {dx: to_hex(bar.get_facecolor()) for dx, bar in zip(DIAGNOSES, bars, strict=True)}
    assert (colours["nv"], colours["mel"]) == tuple(map(str.lower, CLASS_COLOURS))


def test_ages_are_counted_in_steps_of_five_years(table: pd.DataFrame) -> None:
    axes = age_chart(table).axes[0]
    benign, both = heights(axes)  # stacked: the upper bars are as high as malignant ones
    assert (benign[8], both[8]) == (3, 1)  # from 40 to 45
    assert (benign[19], both[19]) == (0, 1)  # from 95 to 100
    assert (sum(benign), sum(both)) == (3, 2)
    assert axes.get_xlabel() == "years (missing: 1)"
    assert sorted(legend(axes)) == ["benign", "malignant"]


def test_values_of_a_column_from_rare_to_frequent(table: pd.DataFrame) -> None:
    figure = categories_chart(table, "sex")
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    widths = [[bar.get_width() for bar in group] for group in axes.containers]
    found = {name: (widths[0][row], widths[1][row]) for row, name in enumerate(names)}
    assert found == {"female": (1, 0), "missing": (0, 1), "male": (3, 1)}
    assert names[-1] == "male"
    assert [text.get_text() for text in axes.texts] == ["1", "1", "4"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(CLASSES)


def test_images_are_counted_in_whole_numbers(table: pd.DataFrame) -> None:
    twenty = pd.concat([table] * 4).head(20).assign(site="missing")
    ticks = categories_chart(twenty, "site").axes[0].get_xticks()
    assert all(tick == int(tick) for tick in ticks)


def test_the_legend_of_few_rows_hides_neither_bars_nor_totals(table: pd.DataFrame) -> None:
    figure = categories_chart(table.assign(site="missing"), "site")
    FigureCanvasAgg(figure).draw()
    legend = figure.legends[0].get_window_extent()
    assert legend.y1 < min(bar.get_window_extent().y0 for bar in figure.axes[0].patches)


def test_lesions_by_their_number_of_images(table: pd.DataFrame) -> None:
    figure = lesions_chart(table)
    axes = figure.axes[0]
    assert figure.get_suptitle() == "Images per lesion"
    assert axes.get_xlabel() == "images per lesion"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "3"]
    assert heights(axes) == [[3, 1]]

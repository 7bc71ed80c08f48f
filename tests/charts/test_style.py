"""Axes, sizes and colours that the charts share."""

import matplotlib
import pytest
from matplotlib.axes import Axes

from lesion_pipeline.charts.style import (
    CLASS_COLOURS,
    COLOURS,
    LINES,
    SMALL,
    TEXT,
    canvas,
    diagonal,
    panels,
    square,
    styled,
)
from lesion_pipeline.core.labels import CLASSES, SPLITS


@styled
def drawn() -> Axes:
    _, axes = canvas("Title", "across", "up", height=60)
    axes.plot([0, 1], [0, 1], label="line")
    axes.legend()
    return axes


def test_a_canvas_is_one_pair_of_labelled_axes() -> None:
    axes = drawn()
    figure = axes.figure
    assert figure is not None and figure.axes == [axes]
    assert figure.get_suptitle() == "Title"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("across", "up")


def test_a_figure_fits_a_column_and_its_text_is_legible_there() -> None:
    axes = drawn()
    figure, legend = axes.get_figure(root=True), axes.get_legend()
    assert figure is not None and legend is not None
    figure.draw_without_rendering()
    assert figure.get_size_inches() * 25.4 == pytest.approx([85, 60])
    texts = [*axes.get_xticklabels(), *axes.get_yticklabels(), *legend.get_texts()]
    sizes = {text.get_fontsize() for text in [*texts, axes.xaxis.label]}
    assert sizes == {SMALL, TEXT} and SMALL >= 6


def test_the_style_is_gone_after_a_chart() -> None:
    before = dict(matplotlib.rcParams)
    drawn()
    assert dict(matplotlib.rcParams) == before


def test_panels_are_listed_row_by_row() -> None:
    figure, grid = panels("Title", 80, 2, 2)
    assert grid == figure.axes and len(grid) == 4


def test_both_axes_of_a_square_cover_the_same_range() -> None:
    _, axes = canvas("Title", "across", "up")
    square(axes, 0, 0.1)
    diagonal(axes, "equal")
    assert axes.get_xlim() == axes.get_ylim() == pytest.approx((-0.002, 0.102))
    assert axes.get_box_aspect() == 1
    assert axes.get_lines()[0].get_label() == "equal"


def test_each_split_and_each_class_has_its_own_colour() -> None:
    assert tuple(COLOURS) == SPLITS and len(set(COLOURS.values())) == 3
    assert len(set(CLASS_COLOURS)) == len(CLASSES)
    assert LINES["val"] != LINES["test"]

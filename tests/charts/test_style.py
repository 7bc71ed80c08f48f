"""Axes and colours that the charts share."""

from lesion_pipeline.charts.style import CLASS_COLOURS, COLOURS, canvas
from lesion_pipeline.core.labels import CLASSES, SPLITS


def test_a_canvas_is_one_pair_of_labelled_axes() -> None:
    figure, axes = canvas("Title", "across", "up")
    assert figure.axes == [axes]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("Title", "across", "up")


def test_each_split_and_each_class_has_its_own_colour() -> None:
    assert tuple(COLOURS) == SPLITS and len(set(COLOURS.values())) == 3
    assert len(set(CLASS_COLOURS)) == len(CLASSES)

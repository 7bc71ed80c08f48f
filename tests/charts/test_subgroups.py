"""The forest plot draws the rates and intervals of its table."""

import numpy as np
import pandas as pd

from lesion_pipeline.charts.subgroups import forest_chart

TABLE = pd.DataFrame(
    [
        ("all", "all", 100, 20, 0.9, 0.8, 0.95, 0.7, 0.6, 0.8),
        ("age", "under 30", 40, 2, 1.0, 0.2, 1.0, 0.75, 0.65, 0.85),
        ("age", "from 30", 60, 0, np.nan, np.nan, np.nan, 0.5, 0.4, 0.6),
    ],
    columns=[
        "group", "value", "images", "malignant", "sensitivity", "sensitivity_low",
        "sensitivity_high", "specificity", "specificity_low", "specificity_high",
    ],
)  # fmt: skip


def test_points_and_lines_are_rates_and_intervals() -> None:
    left, right = forest_chart(TABLE, "Title").axes
    for axes, name in ((left, "sensitivity"), (right, "specificity")):
        points, reference = axes.get_lines()
        np.testing.assert_array_equal(points.get_xdata(), TABLE[name])
        assert list(reference.get_xdata()) == [TABLE[name][0]] * 2  # the rate of all images
        first = axes.collections[0].get_segments()[0]
        assert first[:, 0].tolist() == [TABLE[f"{name}_low"][0], TABLE[f"{name}_high"][0]]


def test_rows_go_down_with_a_gap_before_each_group() -> None:
    points = forest_chart(TABLE, "Title").axes[0].get_lines()[0]
    assert list(points.get_ydata()) == [-1, -3, -4]


def test_rows_are_named_and_counted() -> None:
    figure = forest_chart(TABLE, "Title")
    left, right = figure.axes
    assert figure.get_suptitle() == "Title"
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == ["all", "age: under 30", "age: from 30"]
    assert [text.get_text() for text in left.texts] == ["20", "2", "0"]  # malignant
    assert [text.get_text() for text in right.texts] == ["80", "38", "60"]  # benign
    assert left.get_xlabel() == "sensitivity (beside: malignant images)"
    assert right.get_xlabel() == "specificity (beside: benign images)"

"""The forest plot draws the rates and intervals of its table."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from lesion_pipeline.charts.subgroups import calibration_subgroups_chart, forest_chart

TABLE = pd.DataFrame(
    [
        ("all", "all", 100, 20, 0.9, 0.8, 0.95, 0.7, 0.6, 0.8),
        ("age", "under 30", 40, 2, 1.0, 0.2, 1.0, 0.75, 0.65, 0.85),
        ("age", "none", 0, 0, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan),
        ("age", "from 30", 60, 0, np.nan, np.nan, np.nan, 0.5, 0.4, 0.6),
    ],
    columns=[
        "group", "value", "images", "malignant", "sensitivity", "sensitivity_low",
        "sensitivity_high", "specificity", "specificity_low", "specificity_high",
    ],
)  # fmt: skip
FULL = TABLE[TABLE["images"] > 0].reset_index(drop=True)


def numbers(axes: Axes) -> list[str]:
    """What stands at the right of the rows."""
    return [text.get_text() for text in axes.texts if isinstance(text, Annotation)]


def test_points_and_lines_are_rates_and_intervals() -> None:
    figure = forest_chart(TABLE, "Title")
    left, right = figure.axes
    for axes, name in ((left, "sensitivity"), (right, "specificity")):
        points, reference = axes.get_lines()
        np.testing.assert_array_equal(points.get_xdata(), FULL[name])
        assert list(reference.get_xdata()) == [FULL[name][0]] * 2  # the rate of all images
        first = axes.collections[0].get_segments()[0]  # type: ignore[attr-defined]
        assert first[:, 0].tolist() == [FULL[f"{name}_low"][0], FULL[f"{name}_high"][0]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["all images"]


def test_rows_go_down_below_the_name_of_their_group() -> None:
    axes = forest_chart(TABLE, "Title").axes[0]
    assert list(axes.get_lines()[0].get_ydata()) == [-1, -3, -4]
    (age,) = [text for text in axes.texts if text.get_text() == "age"]
    assert age.get_position()[1] == -2


def test_rows_are_named_and_counted_and_empty_ones_left_out() -> None:
    figure = forest_chart(TABLE, "Title")
    left, right = figure.axes
    assert figure.get_suptitle() == "Title"
    assert [label.get_text() for label in left.get_yticklabels()] == ["all", "under 30", "from 30"]
    assert numbers(left) == ["malignant", "20", "2", "0"]
    assert numbers(right) == ["benign", "80", "38", "60"]
    assert (left.get_xlabel(), right.get_xlabel()) == ("sensitivity", "specificity")


def test_predicted_beside_observed_of_the_subgroups_that_are_large_enough() -> None:
    known = {"predicted": [0.25, 0.3, np.nan, np.nan], "observed": [0.2, 0.4, np.nan, np.nan]}
    table = TABLE.assign(**known, observed_low=0.1, observed_high=0.5)
    figure = calibration_subgroups_chart(table, "Title")
    axes = figure.axes[0]
    observed, predicted = axes.get_lines()
    assert list(observed.get_xdata()) == [0.2, 0.4] and list(predicted.get_xdata()) == [0.25, 0.3]
    assert numbers(axes) == ["images", "100", "40"]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["observed", "predicted by the network (mean)"]

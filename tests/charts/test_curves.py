"""Curves draw what is in their tables, and name it in the legend."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lesion_pipeline.charts.curves import ScoredCurve, pr_chart, roc_chart

ROC = pd.DataFrame({"false_positive_rate": [0, 0.25, 1], "true_positive_rate": [0, 0.75, 1]})
PR = pd.DataFrame({"recall": [0, 0.5, 1], "precision": [1, 1, 0.25]})
POINT: dict[str, Any] = {
    "sensitivity": 0.75, "sensitivity_interval": [0.5, 0.9],
    "specificity": 0.8, "specificity_interval": [0.7, 1.0],
}  # fmt: skip


def scored(table: pd.DataFrame, area: float) -> ScoredCurve:
    return ScoredCurve(table, area, (0.25, 0.9), 1500, 300)


def texts(legend: Any) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def drawn(axes: Axes, line: int) -> list[list[float]]:
    x, y = axes.get_lines()[line].get_data()
    return [list(map(float, x)), list(map(float, y))]


def test_roc_curves_have_area_interval_and_images_in_the_legend() -> None:
    curves = {"val": scored(ROC, 0.75), "test": scored(ROC[::2], 0.5)}
    axes = roc_chart(curves, {"val": POINT}).axes[0]
    assert drawn(axes, 0) == [[0, 0.25, 1], [0, 0.75, 1]]
    assert drawn(axes, 1) == [[0, 1], [0, 1]]
    legend = axes.get_legend()
    assert texts(legend) == [
        "val: 0.750 (0.250 to 0.900)\nn = 1,500, malignant 300",
        "test: 0.500 (0.250 to 0.900)\nn = 1,500, malignant 300",
        "chance",
        "operating point, val",
    ]
    assert legend is not None and legend.get_title().get_text() == "ROC-AUC (95 % interval)"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("1 - specificity", "sensitivity")


def test_a_roc_curve_is_square_and_its_lines_differ_without_colours() -> None:
    axes = roc_chart({"val": scored(ROC, 0.75), "test": scored(ROC, 0.5)}, {}).axes[0]
    assert axes.get_box_aspect() == 1 and axes.get_xlim() == axes.get_ylim()
    val, test = (line.get_linestyle() for line in axes.get_lines()[:2])
    assert val != test


def test_the_operating_point_and_its_intervals() -> None:
    axes = roc_chart({"val": scored(ROC, 0.75)}, {"val": POINT}).axes[0]
    (bars,) = axes.containers
    marker, _, (across, up) = bars
    np.testing.assert_allclose(np.ravel(marker.get_data()).astype(float), [0.2, 0.75])
    np.testing.assert_allclose(across.get_segments()[0][:, 0], [0, 0.3])  # 1 - specificity
    np.testing.assert_allclose(up.get_segments()[0][:, 1], [0.5, 0.9])


def test_precision_and_recall_are_steps_beside_the_prevalence_of_each_split() -> None:
    val = ScoredCurve(PR, 0.625, (0.5, 0.75), 50, 10)
    figure = pr_chart({"val": val, "test": scored(PR, 0.5)})
    axes = figure.axes[0]
    assert drawn(axes, 0) == [[0, 0.5, 1], [1, 1, 0.25]]
    assert [line.get_drawstyle() for line in axes.get_lines()[:2]] == ["steps-pre"] * 2
    assert [line.get_ydata()[0] for line in axes.get_lines()[2:]] == [0.2, 0.2]  # type: ignore[index]
    (legend,) = figure.legends
    assert texts(legend) == [
        "val: 0.625 (0.500 to 0.750)\nn = 50, malignant 10",
        "test: 0.500 (0.250 to 0.900)\nn = 1,500, malignant 300",
        "chance, val: 0.200",
        "chance, test: 0.200",
    ]
    assert legend.get_title().get_text() == "PR-AUC (95 % interval)"

"""What follows from a threshold is drawn as its tables have it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lesion_pipeline.charts.decisions import decision_chart, distribution_chart, threshold_chart


def legend(found: Axes | Figure) -> list[str]:
    shown = found.legends[0] if isinstance(found, Figure) else found.get_legend()
    assert shown is not None
    return [text.get_text() for text in shown.get_texts()]


def drawn(axes: Axes, line: int) -> list[list[float]]:
    x, y = axes.get_lines()[line].get_data()
    return [list(map(float, x)), list(map(float, y))]


def test_rates_against_the_threshold_on_a_plain_axis() -> None:
    columns = {
        "sensitivity": [1, 0.5],
        "specificity": [0.2, 0.9],
        "ppv": [0.3, 0.6],
        "npv": [1, 0.8],
    }
    figure = threshold_chart(pd.DataFrame({"threshold": [0.1, 0.6], **columns}), 0.25)
    axes = figure.axes[0]
    for line, values in enumerate(columns.values()):
        assert drawn(axes, line) == [[0.1, 0.6], values]
    assert drawn(axes, 4)[0] == [0.25, 0.25]
    assert legend(figure) == ["sensitivity", "specificity", "PPV", "NPV", "chosen: 0.25"]
    assert axes.get_xscale() == "linear" and axes.get_xlim() == (0, 1)
    colours = [line.get_color() for line in axes.get_lines()]
    assert len(set(colours)) == 5


def test_histograms_are_fractions_of_each_class_with_the_threshold() -> None:
    table = pd.DataFrame({"low": [0, 0.5], "high": [0.5, 1], "benign": [3, 1], "malignant": [0, 2]})
    figure = distribution_chart({"val": table, "test": table}, 0.25)
    axes = figure.axes[0]
    values, edges, _ = axes.patches[0].get_data()  # type: ignore[attr-defined]
    assert (values.tolist(), list(edges)) == ([0.75, 0.25], [0, 0.5, 1])
    assert legend(axes) == ["benign (4)", "malignant (2)", "threshold: 0.25"]
    assert axes.get_ylabel() == "fraction of the class"
    assert [drawn(axes, 0)[0] for axes in figure.axes] == [[0.25, 0.25]] * 2


def test_net_benefit_of_the_policies_in_the_table_with_its_band() -> None:
    table = pd.DataFrame(
        {
            "threshold": [0.1, 0.5],
            "network": [0.2, 0.1],
            "network_low": [0.1, 0.0],
            "network_high": [0.4, 0.2],
            "all": [0.1, -2],
            "none": 0,
        }
    )
    figure = decision_chart({"val": table, "test": table})
    axes = figure.axes[1]
    assert legend(figure) == ["network", "treat all", "treat none"]
    assert drawn(axes, 0) == [[0.1, 0.5], [0.2, 0.1]]
    (band,) = axes.collections
    corners = set(map(tuple, band.get_paths()[0].vertices.round(6).tolist()))  # type: ignore[union-attr]
    assert {(0.1, 0.1), (0.1, 0.4), (0.5, 0.0), (0.5, 0.2)} <= corners
    np.testing.assert_allclose(axes.get_xlim(), (0, 0.5))
    np.testing.assert_allclose(axes.get_ylim(), (-0.08, 0.42))  # below, treating all goes on

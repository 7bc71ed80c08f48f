"""Calibration: bins and bands of the tables, the low end again, and other prevalences."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lesion_pipeline.charts.calibration import (
    LOW_END,
    calibration_chart,
    calibration_groups_chart,
    calibration_prevalence_chart,
)

BINS = pd.DataFrame({"predicted": [0.1, 0.8], "observed": [0.2, 0.6], "low": 0.05, "high": 0.9})
CURVE = pd.DataFrame(
    {"predicted": [0.01, 0.9], "observed": [0.02, 0.8], "low": [0.0, 0.7], "high": [0.1, 1.0]}
)


def drawn(axes: Axes, line: int) -> list[list[float]]:
    x, y = axes.get_lines()[line].get_data()
    return [list(map(float, x)), list(map(float, y))]


def legend(axes: Axes) -> list[str]:
    found = axes.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_before_and_after_the_calibrator_and_the_low_end_below() -> None:
    both = {"val": CURVE, "test": CURVE}
    bins = {"val": BINS, "test": BINS}
    figure = calibration_chart((bins, both), ({"test": BINS[:1]}, {"test": CURVE}))
    before, after, *low = figure.axes
    assert legend(before) == ["val", "test", "perfect"] and legend(after) == ["test", "perfect"]
    for axes in (before, low[0]):
        assert drawn(axes, 0) == [[0.01, 0.9], [0.02, 0.8]]
        assert drawn(axes, 1) == [[0.1, 0.8], [0.2, 0.6]]
    assert drawn(after, 1) == [[0.1], [0.2]]
    assert all(axes.get_xlim()[1] < 1.1 * LOW_END for axes in low)
    assert all(axes.get_box_aspect() == 1 for axes in figure.axes)
    band, intervals = before.collections[:2]
    corners = set(map(tuple, band.get_paths()[0].vertices.tolist()))  # type: ignore[union-attr]
    assert {(0.01, 0.0), (0.01, 0.1), (0.9, 0.7), (0.9, 1.0)} <= corners
    assert intervals.get_segments()[0][:, 1].tolist() == [0.05, 0.9]  # type: ignore[attr-defined]


def test_a_split_without_a_curve_has_its_bins() -> None:
    figure = calibration_chart(({"val": BINS}, {"val": CURVE[:0]}), ({}, {}))
    assert drawn(figure.axes[0], 0) == [[], []] and drawn(figure.axes[0], 1)[1] == [0.2, 0.6]


def test_one_curve_per_prevalence_on_a_logarithmic_axis() -> None:
    table = pd.concat(
        [
            CURVE.assign(prevalence=part, expected=CURVE["observed"] * part)
            for part in (0.1914, 0.01)
        ]
    )
    figure = calibration_prevalence_chart(table)
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    (shown,) = figure.legends
    names = [text.get_text() for text in shown.get_texts()]
    assert names == ["19.1%", "1%", "predicted there"]
    assert drawn(axes, 2) == [[0.01, 0.9], [0.02, 0.8]]
    np.testing.assert_allclose(drawn(axes, 3)[1], [0.0002, 0.008])


def test_subgroups_have_a_panel_for_each_kind_and_those_left_out_are_named() -> None:
    nothing = pd.DataFrame({name: [np.nan] for name in CURVE})
    parts = [
        CURVE.assign(group="age", value="under 50", malignant_lesions=1200),
        CURVE.assign(group="age", value="50 and over", malignant_lesions=20),
        nothing.assign(group="sex", value="female", malignant_lesions=3),
        CURVE.assign(group="sex", value="male", malignant_lesions=11),
    ]
    ages, sexes, _, last = calibration_groups_chart(pd.concat(parts, ignore_index=True)).axes
    assert [axes.get_title(loc="left") for axes in (ages, sexes)] == ["age", "sex"]
    assert drawn(ages, 0) == drawn(sexes, 0) == [[0.01, 0.9], [0.02, 0.8]]
    assert len(ages.get_lines()) == 3 and len(sexes.get_lines()) == 2  # with that of equality
    assert legend(last) == [
        "age", "under 50 (1,200)", "50 and over (20)", "sex", "male (11)", "perfect",
        "left out, too few: 1", "female",
    ]  # fmt: skip

"""A chart of other collections beside the test part."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import COLOURS, diagonal, panels, square, styled

CYCLE: Final = ("#228833", "#AA3377", "#CCBB44", "#66CCEE", "#222222")  # after test's colour


@styled
def external_chart(
    roc: dict[str, pd.DataFrame],
    calibration: dict[str, pd.DataFrame],
    points: dict[str, tuple[float, float]],
) -> Figure:
    """Draw ROC curves with the operating point, and calibration, of test and other collections.

    Args:
        roc: by collection, false_positive_rate and true_positive_rate.
        calibration: by collection, after the calibrator of val: predicted, observed, low, high.
        points: by collection, sensitivity and specificity at the threshold of val, 0 to 1.
    """
    figure, (upper, lower) = panels("Other collections", 160, 2)
    names = [name for name in roc if name != "test"]
    colours = {name: CYCLE[number % len(CYCLE)] for number, name in enumerate(names)}
    colours["test"] = COLOURS["test"]
    for name, table in roc.items():
        _roc(upper, table, points[name], colours[name], name)
    for name, table in calibration.items():
        colour = colours[name]
        lower.plot(table["predicted"], table["observed"], "o-", color=colour, label=name)
        lower.vlines(table["predicted"], table["low"], table["high"], color=colour, alpha=0.5)
    for axes in (upper, lower):
        diagonal(axes, "")
        square(axes)
    labels = {"xlabel": "1 - specificity", "ylabel": "sensitivity"}
    upper.set(title="ROC curve, with the operating point of val", **labels)
    upper.legend(loc="lower right", title="sensitivity, specificity", alignment="left")
    labels = {"xlabel": "mean predicted probability", "ylabel": "fraction malignant"}
    lower.set(title="Calibration, with the calibrator of val; 95 % intervals", **labels)
    lower.legend(loc="upper left")
    return figure


def _roc(
    axes: Axes, table: pd.DataFrame, point: tuple[float, float], colour: str, name: str
) -> None:
    sensitivity, specificity = point
    label = f"{name}: {sensitivity:.2f}, {specificity:.2f}"
    x, y = table["false_positive_rate"], table["true_positive_rate"]
    axes.plot(x, y, color=colour, label=label)
    axes.plot(1 - specificity, sensitivity, "o", color=colour)

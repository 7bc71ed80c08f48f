"""A chart of other collections beside the test part."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import COLOURS

CYCLE: Final = ("#228833", "#AA3377", "#CCBB44", "#66CCEE", "#222222")  # after test's colour


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
    figure = Figure(figsize=(10, 5.5), dpi=100, layout="constrained")
    figure.suptitle("Other collections, at the threshold and with the calibrator of val")
    left, right = figure.subplots(1, 2)
    names = [name for name in roc if name != "test"]
    colours = {name: CYCLE[number % len(CYCLE)] for number, name in enumerate(names)}
    colours["test"] = COLOURS["test"]
    for name, table in roc.items():
        sensitivity, specificity = points[name]
        label = f"{name}: sensitivity {sensitivity:.2f}, specificity {specificity:.2f}"
        x, y = table["false_positive_rate"], table["true_positive_rate"]
        left.plot(x, y, color=colours[name], label=label)
        left.plot(1 - specificity, sensitivity, "o", color=colours[name])
    for name, table in calibration.items():
        colour = colours[name]
        right.plot(table["predicted"], table["observed"], "o-", color=colour, label=name)
        right.vlines(table["predicted"], table["low"], table["high"], color=colour, alpha=0.5)
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], "--", color="black", linewidth=0.8)
        axes.set_aspect("equal")
        axes.grid(alpha=0.3)
    left.set(title="ROC curve", xlabel="1 - specificity", ylabel="sensitivity")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), fontsize="small")
    right.set(title="Calibration", xlabel="mean predicted probability", ylabel="fraction malignant")
    right.legend(loc="upper left", fontsize="small")
    return figure

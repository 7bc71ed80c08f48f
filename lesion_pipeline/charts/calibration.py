"""Are predicted probabilities the frequencies that are observed? By split, subgroup, prevalence."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import (
    COLOURS,
    GREY,
    LINES,
    PLAIN,
    canvas,
    diagonal,
    panels,
    square,
    styled,
)

LOW_END: Final = 0.1  # where most images of a collection lie, drawn again at a larger scale
EXPECTED: Final[dict[str, Any]] = {"linestyle": (0, (1, 1.5)), "linewidth": 0.8}
CYCLE: Final = ("#332288", "#EE7733", "#228833", "#AA3377", "#66CCEE")

Tables = dict[str, pd.DataFrame]


@styled
def calibration_chart(before: tuple[Tables, Tables], after: tuple[Tables, Tables]) -> Figure:
    """Draw observed against predicted frequency of malignancy; below, the low end again.

    Args:
        before: bins and curves by split, of the network's own probabilities; predicted, observed,
            low and high each.
        after: likewise, calibrated on val.
    """
    figure, grid = panels("Calibration, with 95 % intervals", 86, 2, 2)
    columns = {"as the network predicts": before, "calibrated on val": after}
    for column, (title, (bins, curves)) in enumerate(columns.items()):
        for axes, most in ((grid[column], 1.0), (grid[column + 2], LOW_END)):
            for split in bins:
                _draw(axes, bins[split], curves[split], split)
            diagonal(axes, "perfect")
            square(axes, 0, most)
            axes.set_xticks([0, most / 2, most])
            axes.set_yticks([0, most / 2, most])
        grid[column].set_title(title)
        grid[column].legend(loc="upper left")
    figure.supxlabel("predicted probability", fontsize="medium")
    figure.supylabel("fraction malignant", fontsize="medium")
    return figure


def _draw(axes: Axes, bins: pd.DataFrame, curve: pd.DataFrame, split: str) -> None:
    colour = COLOURS[split]
    curve = curve.astype("float64")  # without rows it was read as text
    axes.fill_between(
        curve["predicted"], curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0
    )
    axes.plot(
        curve["predicted"], curve["observed"], color=colour, linestyle=LINES[split], label=split
    )
    axes.vlines(bins["predicted"], bins["low"], bins["high"], color=colour, linewidth=0.7)
    axes.plot(bins["predicted"], bins["observed"], "o", color=colour, markersize=2.5)


@styled
def calibration_prevalence_chart(table: pd.DataFrame) -> Figure:
    """Draw what a probability means where malignant images are rarer, with the band of the curve.

    Args:
        table: prevalence, predicted, observed, low and high, of prevalence.shifted_calibration.
    """
    figure, axes = canvas(
        "Calibration at other prevalences, with 95 % bands",
        "calibrated probability, test", "fraction malignant there", 84,
    )  # fmt: skip
    groups = table.groupby("prevalence", sort=False)
    for colour, (prevalence, curve) in zip(CYCLE * len(groups), groups, strict=False):
        label = f"{prevalence:.1%}".replace(".0%", "%")
        axes.plot(curve["predicted"], curve["observed"], color=colour, label=label)
        axes.plot(curve["predicted"], curve["expected"], color=colour, **EXPECTED)
        band = (curve["low"], curve["high"])
        axes.fill_between(curve["predicted"], *band, color=colour, alpha=0.15, linewidth=0)
    axes.plot([], [], color=GREY, label="predicted there", **EXPECTED)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(PLAIN)
    axes.set(xlim=(0, 1), ylim=(1e-3, 1))
    figure.legend(
        loc="outside lower center", title="observed at a prevalence of (first: that of test)",
        ncols=5, columnspacing=1,
    )  # fmt: skip
    return figure

"""Are predicted probabilities the frequencies that are observed? By split, subgroup, prevalence."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lesion_pipeline.charts.style import (
    COLOURS,
    GREY,
    LINES,
    PLAIN,
    REFERENCE,
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


@styled
def calibration_groups_chart(table: pd.DataFrame) -> Figure:
    """Draw the calibration curves of subgroups of test, a panel for each kind, with their bands.

    Args:
        table: of summary.calibration_groups, with at least one curve. Subgroups without one are
            counted and named, not drawn.
    """
    figure, (*places, last) = panels("Calibration by subgroup of test, with 95 % bands", 96, 2, 2)
    entries = []
    for axes, (group, rows) in zip(places, table.groupby("group", sort=False), strict=False):
        entries += [_words(str(group)), *_curves(axes, rows[rows["observed"].notna()])]
        diagonal(axes, "perfect")
        square(axes)
        axes.set(title=group, xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    left = table.loc[table["observed"].isna(), "value"]
    entries += [Line2D([], [], label="perfect", **REFERENCE)]
    entries += [_words(f"left out, too few: {len(left)}"), *map(_words, left)] if len(left) else []
    last.set_axis_off()
    last.legend(
        handles=entries, loc="upper left", title="in brackets: malignant lesions",
        alignment="left", borderaxespad=0, labelspacing=0.2,
    )  # fmt: skip
    figure.supxlabel("probability predicted by the network", fontsize="medium")
    figure.supylabel("fraction malignant", fontsize="medium")
    return figure


def _curves(axes: Axes, table: pd.DataFrame) -> list[Line2D]:
    """Draw a curve for each value and return the lines with their labels."""
    lines = []
    for colour, (value, curve) in zip(CYCLE * 9, table.groupby("value", sort=False), strict=False):
        label = f"{value} ({int(curve['malignant_lesions'].iloc[0]):,})"
        lines += axes.plot(curve["predicted"], curve["observed"], color=colour, label=label)
        band = (curve["low"], curve["high"])
        axes.fill_between(curve["predicted"], *band, color=colour, alpha=0.15, linewidth=0)
    return lines


def _words(text: str) -> Line2D:
    """Return an entry of a legend without a line."""
    return Line2D([], [], linestyle="none", label=text)

"""Forest plots: rates and calibration of subgroups with their intervals."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import CLASS_COLOURS, REFERENCE, SMALL, panels, styled

ROW = 3.6  # mm


@styled
def forest_chart(table: pd.DataFrame, title: str) -> Figure:
    """Draw sensitivity and specificity of subgroups with intervals, one row per subgroup.

    Args:
        table: group, value, images, malignant; sensitivity and specificity, 0 to 1 or NaN, with
            _low and _high; first the row of all images. Subgroups without images are left out.
        title: of the figure.
    """
    table = table[table["images"] > 0].reset_index(drop=True)
    figure, grid, places = _rows(table, title, 2)
    sides = (
        ("sensitivity", "malignant", table["malignant"], CLASS_COLOURS[1]),
        ("specificity", "benign", table["images"] - table["malignant"], CLASS_COLOURS[0]),
    )
    for axes, (name, counted, numbers, colour) in zip(grid, sides, strict=True):
        rates, low, high = (table[f"{name}{end}"] for end in ("", "_low", "_high"))
        axes.hlines(places, low, high, color=colour, linewidth=1)
        axes.plot(rates, places, "o", color=colour, clip_on=False)
        line = axes.axvline(rates.iloc[0], label="all images", zorder=1, **REFERENCE)
        _count(axes, places, numbers, counted)
        axes.set_xlabel(name)
    figure.legend(handles=[line], loc="outside lower center")
    return figure


@styled
def calibration_subgroups_chart(table: pd.DataFrame, title: str) -> Figure:
    """Draw the mean predicted probability and the fraction malignant of subgroups.

    Args:
        table: group, value, images; predicted and observed, 0 to 1, with observed_low and
            observed_high, NaN for subgroups that are too small, which are left out.
        title: of the figure.
    """
    table = table[table["observed"].notna()].reset_index(drop=True)
    figure, (axes,), places = _rows(table, title, 1)
    colour = CLASS_COLOURS[1]
    axes.hlines(places, table["observed_low"], table["observed_high"], color=colour, linewidth=1)
    axes.plot(table["observed"], places, "o", color=colour, label="observed")
    mean = "predicted by the network (mean)"
    axes.plot(table["predicted"], places, "D", color="black", mfc="none", label=mean)
    _count(axes, places, table["images"], "images")
    axes.set_xlabel("fraction malignant")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _rows(table: pd.DataFrame, title: str, columns: int) -> tuple[Figure, list[Axes], pd.Series]:
    """Return panels with a named line for each row, and a gap before each group."""
    groups = table["group"]
    begins = groups != groups.shift()
    places = -(pd.Series(range(len(table))) + begins.cumsum())
    lines = len(table) + int(begins.sum())
    figure, grid = panels(title, 22 + ROW * max(3, lines), 1, columns, sharey=True)
    grid[0].set_yticks(places, list(table["value"]))
    grid[0].set_ylim(-lines, 0.6)
    for group, place in zip(groups[begins], places[begins] + 1, strict=True):
        at = grid[0].get_yaxis_transform()
        named = "" if group == "all" else group
        grid[0].text(-0.02, place, named, transform=at, ha="right", va="center", style="italic")
    for axes in grid:
        axes.grid(visible=False, axis="y")
    return figure, grid, places


def _count(axes: Axes, places: pd.Series, numbers: pd.Series, what: str) -> None:
    """Write how many images each rate is of, at the right."""
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    lines = [(0, what), *zip(places, [f"{number:,}" for number in numbers], strict=True)]
    for place, text in lines:
        axes.annotate(
            text, (1, place), xycoords=axes.get_yaxis_transform(), xytext=(26, 0),
            textcoords="offset points", ha="right", va="center", fontsize=SMALL,
        )  # fmt: skip

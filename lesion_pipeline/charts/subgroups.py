"""Forest plots: rates of subgroups with their intervals."""

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import CLASS_COLOURS


def forest_chart(table: pd.DataFrame, title: str) -> Figure:
    """Draw sensitivity and specificity of subgroups with intervals, one row per subgroup.

    Args:
        table: group, value, images, malignant; sensitivity and specificity, 0 to 1 or NaN, with
            _low and _high.
        title: of the figure.
    """
    height = 1.2 + 0.19 * (len(table) + table["group"].nunique())
    figure = Figure(figsize=(9, height), dpi=100, layout="constrained")
    figure.suptitle(title)
    # From top to bottom, with an empty line before each group.
    places = -(pd.Series(range(len(table))) + (table["group"] != table["group"].shift()).cumsum())
    sides = (
        ("sensitivity", "malignant images", table["malignant"], CLASS_COLOURS[1]),
        ("specificity", "benign images", table["images"] - table["malignant"], CLASS_COLOURS[0]),
    )
    for axes, (name, counted, numbers, colour) in zip(
        figure.subplots(1, 2, sharey=True), sides, strict=True
    ):
        rates, low, high = (table[f"{name}{end}"] for end in ("", "_low", "_high"))
        axes.hlines(places, low, high, color=colour, linewidth=1.2)
        axes.plot(rates, places, "o", color=colour, markersize=4)
        axes.axvline(rates.iloc[0], color="black", linewidth=0.6, linestyle=":")
        for place, number in zip(places, numbers, strict=True):
            axes.text(1.03, place, str(number), fontsize=7, va="center")
        axes.set(xlim=(0, 1.15), xlabel=f"{name} (beside: {counted})")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.grid(axis="x", alpha=0.3)
    names = [
        value if group in ("all", value) else f"{group}: {value}"
        for group, value in zip(table["group"], table["value"], strict=True)
    ]
    axes.set_yticks(places, names, fontsize=7)
    axes.set_ylim(places.min() - 0.8, 0)
    return figure

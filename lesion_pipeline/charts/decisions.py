"""What follows from a threshold: rates, classes of probabilities, and net benefit."""

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import CLASS_COLOURS, GREY, canvas, panels, styled
from lesion_pipeline.core.labels import CLASSES

RATES = {
    "sensitivity": ("sensitivity", "#EE6677", "-"),
    "specificity": ("specificity", "#4477AA", "-"),
    "ppv": ("PPV", "#AA3377", (0, (4, 1.5))),
    "npv": ("NPV", "#228833", (0, (4, 1.5))),
}
POLICIES = {
    "network": ("network", "#332288", "-"),
    "calibrated": ("calibrated on val", "#EE7733", (0, (4, 1.5))),
    "all": ("treat all", GREY, (0, (4, 1, 1, 1))),
    "none": ("treat none", "black", (0, (1, 1.5))),
}


@styled
def threshold_chart(table: pd.DataFrame, threshold: float) -> Figure:
    """Draw rates on val against the threshold, with the chosen one marked.

    Args:
        table: threshold (rising), sensitivity, specificity, ppv, npv, of curves.threshold_table.
        threshold: 0 to 1.
    """
    figure, axes = canvas("Operating point, chosen on val", "threshold", "rate on val")
    for name, (label, colour, line) in RATES.items():
        axes.step(
            table["threshold"], table[name], where="pre", color=colour, linestyle=line, label=label
        )
    axes.axvline(threshold, color="black", linewidth=0.8, label=f"chosen: {threshold:.3g}")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


@styled
def distribution_chart(tables: dict[str, pd.DataFrame], threshold: float) -> Figure:
    """Draw the probabilities of benign and of malignant images as histograms by split.

    Args:
        tables: by split, of curves.distribution_table.
        threshold: 0 to 1.
    """
    figure, grid = panels("Predicted probability by class", 40 * len(tables) + 10, len(tables))
    for axes, (split, table) in zip(grid, tables.items(), strict=True):
        edges = [*table["low"], table["high"].iloc[-1]]
        for label, name in enumerate(CLASSES):
            images = int(table[name].sum())
            parts, colour = table[name] / max(1, images), CLASS_COLOURS[label]
            axes.stairs(parts, edges, color=colour, fill=True, alpha=0.35)
            axes.stairs(parts, edges, color=colour, linewidth=1.1, label=f"{name} ({images:,})")
        axes.axvline(threshold, color="black", linewidth=0.8, label=f"threshold: {threshold:.3g}")
        axes.set(title=split, xlim=(0, 1), ylabel="fraction of the class")
        axes.legend(loc="upper right")
    axes.set_xlabel("predicted probability")
    return figure


@styled
def decision_chart(tables: dict[str, pd.DataFrame]) -> Figure:
    """Draw net benefit with its intervals by split, beside treating all and treating none.

    Args:
        tables: by split, of evaluation.decision.decision_table.
    """
    figure, grid = panels("Decision curve, with 95 % bands", 52 * len(tables) + 14, len(tables))
    for axes, (split, table) in zip(grid, tables.items(), strict=True):
        x, shown = table["threshold"], [name for name in POLICIES if name in table]
        for name in shown:
            label, colour, line = POLICIES[name]
            axes.plot(x, table[name], color=colour, linestyle=line, label=label)
            if f"{name}_low" in table:
                band = (table[f"{name}_low"], table[f"{name}_high"])
                axes.fill_between(x, *band, color=colour, alpha=0.15, linewidth=0)
        top = max(float(table[name].max()) for name in table if name != "threshold")
        axes.set(title=split, xlim=(0, x.max()), ylabel="net benefit per image")
        axes.set_ylim(-0.2 * top, 1.05 * top)  # treating all falls without end
    axes.set_xlabel("threshold probability")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure

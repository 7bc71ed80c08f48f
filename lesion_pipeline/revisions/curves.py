"""Charts of two revisions over each other, val beside test."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lesion_pipeline.charts.style import COLOURS
from lesion_pipeline.statistics.curves import calibration_table, pr_table, roc_table
from lesion_pipeline.statistics.metrics import Labels, Probabilities, arrays, ranking_metrics

BINS: Final = 10  # of the calibration curve
# The first is broad and pale below the second, so both are visible where they are equal.
STYLES: Final[tuple[dict[str, Any], ...]] = (
    {"color": COLOURS["val"], "linewidth": 4.0, "alpha": 0.45},
    {"color": COLOURS["test"], "linewidth": 1.5},
)

Pair = Sequence[tuple[str, pd.DataFrame]]  # name and table of the first and the second revision
Curve = Callable[[Labels, Probabilities], pd.DataFrame]


def curves(predictions: dict[str, Pair]) -> dict[str, Figure]:
    """Draw ROC, precision-recall and calibration curves, one panel per split.

    Args:
        predictions: by split; tables with label and probability.

    Returns:
        Figures named roc, precision_recall and calibration.

    Raises:
        DataError: predictions can't be scored; see metrics.check.
    """
    figures = {}
    for name, title, axes, curve in (
        ("roc", "ROC curve", ("1 - specificity", "sensitivity"), roc_table),
        ("precision_recall", "Precision-recall curve", ("recall", "precision (PPV)"), pr_table),
        (
            "calibration",
            "Calibration",
            ("mean predicted probability", "fraction malignant"),
            _calibration,
        ),
    ):
        figure, panels = _canvas(title, len(predictions))
        for panel, (split, pair) in zip(panels, predictions.items(), strict=True):
            _draw(panel, name, pair, curve)
            panel.set(title=split, xlabel=axes[0], ylabel=axes[1], ylim=(-0.02, 1.02))
        figures[name] = figure
    return figures


def history(tables: Pair) -> Figure:
    """Draw ROC-AUC and PR-AUC on val by epoch.

    Args:
        tables: with epoch, val_roc_auc and val_pr_auc.
    """
    figure, panels = _canvas("Training", 2)
    for axes, name in zip(panels, ("ROC-AUC", "PR-AUC"), strict=True):
        column = f"val_{name.lower().replace('-', '_')}"
        for style, (revision, table) in zip(STYLES, tables, strict=True):
            axes.plot(table["epoch"], table[column], label=revision, **style)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="epoch", ylabel=f"{name} on val")
        axes.legend(loc="lower right")
    return figure


def _draw(axes: Axes, name: str, pair: Pair, curve: Curve) -> None:
    for style, (revision, table) in zip(STYLES, pair, strict=True):
        labels, probabilities = arrays(table)
        x, y = curve(labels, probabilities).to_numpy()[:, :2].T
        scores = ranking_metrics(labels, probabilities)
        shown = {
            "roc": f": ROC-AUC {scores['roc_auc']:.3f}",
            "precision_recall": f": PR-AUC {scores['pr_auc']:.3f}",
        }
        steps: Any = "steps-pre" if name == "precision_recall" else "default"
        axes.plot(x, y, label=revision + shown.get(name, ""), drawstyle=steps, **style)
    if name != "precision_recall":
        axes.plot([0, 1], [0, 1], "--", color="black", linewidth=0.8)
    axes.legend(loc="lower left" if name == "precision_recall" else "lower right")


def _calibration(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    return calibration_table(labels, probabilities, BINS)


def _canvas(title: str, panels: int) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(5 * panels, 4.4), dpi=100, layout="constrained")
    figure.suptitle(title)
    grid = list(figure.subplots(1, panels, squeeze=False)[0])
    for axes in grid:
        axes.grid(alpha=0.3)
    return figure, grid

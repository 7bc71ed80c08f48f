"""Charts of two revisions over each other, val beside test, in the style of all charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lesion_pipeline.charts.style import diagonal, panels, square, styled
from lesion_pipeline.statistics.curves import calibration_table, pr_table, roc_table
from lesion_pipeline.statistics.metrics import Labels, Probabilities, arrays, ranking_metrics

BINS: Final = 10  # of the calibration curve
HEIGHT: Final = 62.0  # mm
DPI: Final = 200  # dots per inch, so that 85 mm are wide enough for a page of a code host
# The first is broad and pale below the second, so both are visible where they are equal. These
# colours stand for no split.
STYLES: Final[tuple[dict[str, Any], ...]] = (
    {"color": "#BBBBBB", "linewidth": 3.2},
    {"color": "#AA3377", "linewidth": 1.1},
)

Pair = Sequence[tuple[str, pd.DataFrame]]  # name and table of the first and the second revision
Curve = Callable[[Labels, Probabilities], pd.DataFrame]


@dataclass(frozen=True)
class CurveKind:
    """A kind of curve.

    Attributes:
        title: of the chart.
        axes: labels of x and y.
        table: from labels and probabilities; the first two columns are x and y.
        score: the metric of the area under it, and its name; None: it has none.
        drawn: how its points are joined.
    """

    title: str
    axes: tuple[str, str]
    table: Curve
    score: tuple[str, str] | None = None
    drawn: str = "default"


def _calibration(labels: Labels, probabilities: Probabilities) -> pd.DataFrame:
    return calibration_table(labels, probabilities, BINS)


_KINDS: Final = {
    "roc": CurveKind(
        "ROC curve", ("1 - specificity", "sensitivity"), roc_table, ("roc_auc", "ROC-AUC")
    ),
    "precision_recall": CurveKind(
        "Precision-recall curve", ("recall", "precision (PPV)"), pr_table, ("pr_auc", "PR-AUC"),
        "steps-pre",
    ),
    "calibration": CurveKind(
        "Calibration", ("predicted probability", "fraction malignant"), _calibration
    ),
}  # fmt: skip


def curves(predictions: dict[str, Pair]) -> dict[str, Figure]:
    """Draw ROC, precision-recall and calibration curves, one panel per split.

    Args:
        predictions: by split; tables with label and probability.

    Returns:
        Figures named roc, precision_recall and calibration.

    Raises:
        DataError: predictions can't be scored; see metrics.check.
    """
    return {name: _chart(kind, predictions) for name, kind in _KINDS.items()}


@styled
def history(tables: Pair) -> Figure:
    """Draw ROC-AUC and PR-AUC on val by epoch.

    Args:
        tables: with epoch, val_roc_auc and val_pr_auc.
    """
    figure, grid = panels("Training, scores on val", HEIGHT, 1, 2)
    for axes, name in zip(grid, ("ROC-AUC", "PR-AUC"), strict=True):
        column = f"val_{name.lower().replace('-', '_')}"
        for style, (revision, table) in zip(STYLES, tables, strict=True):
            axes.plot(table["epoch"], table[column], label=revision, **style)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set(xlabel="epoch", title=name)
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=1)
    return figure


@styled
def _chart(kind: CurveKind, predictions: dict[str, Pair]) -> Figure:
    figure, grid = panels(kind.title, HEIGHT, 1, len(predictions))
    for axes, (split, pair) in zip(grid, predictions.items(), strict=True):
        for style, (_, table) in zip(STYLES, pair, strict=True):
            x, y = kind.table(*arrays(table)).to_numpy()[:, :2].T
            axes.plot(x, y, drawstyle=kind.drawn, **style)
        if kind.table is not pr_table:
            diagonal(axes, "")
        square(axes)
        axes.set(title=split, xlabel=kind.axes[0], ylabel=kind.axes[1])
    figure.legend(
        grid[0].get_lines()[:2], _names(kind, predictions), loc="outside lower center",
        title=kind.score[1] if kind.score else None,
    )  # fmt: skip
    return figure


def _names(kind: CurveKind, predictions: dict[str, Pair]) -> list[str]:
    """Name both revisions with the areas under their curves, if these have a meaning."""
    names = []
    for of_one in zip(*predictions.values(), strict=True):
        name = of_one[0][0]
        if kind.score is not None:
            areas = [ranking_metrics(*arrays(table))[kind.score[0]] for _, table in of_one]
            shown = [f"{split} {area:.3f}" for split, area in zip(predictions, areas, strict=True)]
            name = f"{name}: {', '.join(shown)}"
        names.append(name)
    return names

"""ROC and precision-recall curves."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import COLOURS, LINES, REFERENCE, canvas, diagonal, square, styled


@dataclass(frozen=True)
class ScoredCurve:
    """A curve of a split and the area under it.

    Attributes:
        table: of statistics.curves.
        area: 0 to 1.
        interval: low and high end of its 95 % interval.
        images: of the split.
        malignant: those that are malignant.
    """

    table: pd.DataFrame
    area: float
    interval: tuple[float, float]
    images: int
    malignant: int

    def label(self, split: str) -> str:
        """Name the split with its area, the interval and the images."""
        low, high = self.interval
        return (
            f"{split}: {self.area:.3f} ({low:.3f} to {high:.3f})\n"
            f"n = {self.images:,}, malignant {self.malignant:,}"
        )


@styled
def roc_chart(curves: dict[str, ScoredCurve], points: dict[str, dict[str, Any]]) -> Figure:
    """Draw ROC curves by split with the operating point and the intervals of its two rates.

    Args:
        curves: by split; false_positive_rate and true_positive_rate.
        points: by split; sensitivity and specificity, 0 to 1, with their <rate>_interval.
    """
    figure, axes = canvas("ROC curve", "1 - specificity", "sensitivity", height=88)
    for split, curve in curves.items():
        x, y = curve.table["false_positive_rate"], curve.table["true_positive_rate"]
        axes.plot(x, y, color=COLOURS[split], linestyle=LINES[split], label=curve.label(split))
    for split, point in points.items():
        sensitivity, specificity = point["sensitivity"], point["specificity"]
        axes.errorbar(
            1 - specificity,
            sensitivity,
            xerr=_whiskers(specificity, point["specificity_interval"])[::-1],
            yerr=_whiskers(sensitivity, point["sensitivity_interval"]),
            fmt="o", color=COLOURS[split], capsize=2, linewidth=0.8, capthick=0.8, zorder=4,
            label=f"operating point, {split}",
        )  # fmt: skip
    diagonal(axes, "chance")
    square(axes)
    axes.legend(loc="lower right", title="ROC-AUC (95 % interval)", alignment="left")
    return figure


@styled
def pr_chart(curves: dict[str, ScoredCurve]) -> Figure:
    """Draw precision-recall curves by split beside the precision of calling every image malignant.

    Args:
        curves: by split; recall (rising) and precision, as steps.
    """
    figure, axes = canvas(
        "Precision-recall curve", "recall (sensitivity)", "precision (PPV)", height=104
    )
    for split, curve in curves.items():
        axes.step(
            curve.table["recall"], curve.table["precision"], where="pre",
            color=COLOURS[split], linestyle=LINES[split], label=curve.label(split),
        )  # fmt: skip
    for split, curve in curves.items():
        part = curve.malignant / curve.images
        line = REFERENCE | {"color": COLOURS[split]}
        axes.axhline(part, label=f"chance, {split}: {part:.3f}", **line)
    square(axes)
    figure.legend(
        loc="outside lower center", title="PR-AUC (95 % interval)", alignment="left", ncols=2
    )
    return figure


def _whiskers(value: float, interval: list[float]) -> list[list[float]]:
    """Return the distances from a value to the ends of its interval: [[below], [above]]."""
    return [[max(value - interval[0], 0)], [max(interval[1] - value, 0)]]

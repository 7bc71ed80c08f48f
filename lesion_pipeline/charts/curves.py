"""Charts of how well a network does: curves, calibration, operating point and training history."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import CLASS_COLOURS, COLOURS, canvas
from lesion_pipeline.core.labels import CLASSES


def roc_chart(tables: dict[str, pd.DataFrame], scores: dict[str, float]) -> Figure:
    """Draw ROC curves by split with their ROC-AUC."""
    figure, axes = canvas("ROC curve", "1 - specificity", "sensitivity")
    for split, table in tables.items():
        label = f"{split}: ROC-AUC {scores[split]:.3f}"
        x, y = table["false_positive_rate"], table["true_positive_rate"]
        axes.plot(x, y, color=COLOURS[split], label=label)
    axes.plot([0, 1], [0, 1], "--", color="black", linewidth=0.8, label="chance")
    axes.legend(loc="lower right")
    return figure


def pr_chart(
    tables: dict[str, pd.DataFrame], scores: dict[str, float], prevalence: float
) -> Figure:
    """Draw precision-recall curves by split with their PR-AUC."""
    figure, axes = canvas("Precision-recall curve", "recall (sensitivity)", "precision (PPV)")
    for split, table in tables.items():
        label = f"{split}: PR-AUC {scores[split]:.3f}"
        x, y = table["recall"], table["precision"]
        axes.step(x, y, where="pre", color=COLOURS[split], label=label)
    chance = f"chance (test): {prevalence:.3f}"
    axes.axhline(prevalence, linestyle="--", color="black", linewidth=0.8, label=chance)
    axes.set_ylim(0, 1.05)
    axes.legend(loc="lower left")
    return figure


def confusion_chart(counts: dict[str, dict[str, int]], threshold: float) -> Figure:
    """Draw confusion matrices by split; rows are the truth."""
    figure = Figure(figsize=(8, 4), dpi=100, layout="constrained")
    figure.suptitle(f"Confusion matrix at probability >= {threshold:.3g}")
    for axes, (split, cells) in zip(figure.subplots(1, 2), counts.items(), strict=True):
        matrix = [[cells["tn"], cells["fp"]], [cells["fn"], cells["tp"]]]
        axes.imshow(
            [[n / max(1, sum(row)) for n in row] for row in matrix], "Blues", vmin=0, vmax=1
        )
        for y, row in enumerate(matrix):
            for x, number in enumerate(row):
                dark = number > sum(row) / 2
                axes.text(x, y, str(number), ha="center", va="center", color="w" if dark else "k")
        axes.set(title=split, xlabel="predicted", ylabel="truth")
        axes.set_xticks([0, 1], CLASSES)
        axes.set_yticks([0, 1], CLASSES, rotation=90, va="center")
    return figure


def calibration_chart(before: dict[str, pd.DataFrame], after: pd.DataFrame) -> Figure:
    """Draw observed against predicted frequency of malignancy, with 95 % intervals.

    Args:
        before: by split, of the network's own probabilities.
        after: test, calibrated on val.
    """
    figure = Figure(figsize=(10, 5), dpi=100, layout="constrained")
    figure.suptitle("Calibration")
    panels = {"as the network predicts": before, "calibrated on val": {"test": after}}
    for axes, (title, tables) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        for split, table in tables.items():
            colour = COLOURS[split]
            axes.plot(table["predicted"], table["observed"], "o-", color=colour, label=split)
            axes.vlines(table["predicted"], table["low"], table["high"], color=colour, alpha=0.5)
        axes.plot([0, 1], [0, 1], "--", color="black", linewidth=0.8, label="perfect")
        axes.set(title=title, xlabel="mean predicted probability", ylabel="fraction malignant")
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left")
    return figure


def distribution_chart(tables: dict[str, pd.DataFrame]) -> Figure:
    """Draw the predicted probabilities of benign and of malignant images as histograms by split."""
    figure = Figure(figsize=(10, 4), dpi=100, layout="constrained")
    figure.suptitle("Predicted probability by class")
    for axes, (split, table) in zip(figure.subplots(1, 2), tables.items(), strict=True):
        edges = [*table["low"], table["high"].iloc[-1]]
        for label, name in enumerate(CLASSES):
            images = int(table[name].sum())
            parts, colour = table[name] / max(1, images), CLASS_COLOURS[label]
            axes.stairs(parts, edges, color=colour, fill=True, alpha=0.4)
            axes.stairs(parts, edges, color=colour, label=f"{name} ({images})")
        axes.set(title=split, xlabel="predicted probability", ylabel="part of the class's images")
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def decision_chart(tables: dict[str, pd.DataFrame]) -> Figure:
    """Draw net benefit against the threshold by split, beside treating all and treating none."""
    lines = {"network": "-", "calibrated": "-", "all": "--", "none": ":"}
    colours = {"network": "#4477AA", "calibrated": "#EE6677", "all": "#888888", "none": "black"}
    figure = Figure(figsize=(10, 4), dpi=100, layout="constrained")
    figure.suptitle("Decision curve")
    for axes, (split, table) in zip(figure.subplots(1, 2), tables.items(), strict=True):
        policies = [name for name in lines if name in table]
        for name in policies:
            axes.plot(table["threshold"], table[name], lines[name], color=colours[name], label=name)
        top = float(table[policies].to_numpy().max())
        axes.set(title=split, xlabel="threshold probability", ylabel="net benefit per image")
        axes.set_ylim(-0.25 * top, 1.1 * top)  # treating all falls without end
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def threshold_chart(table: pd.DataFrame, threshold: float) -> Figure:
    """Draw rates on val against the threshold, with the chosen one marked.

    Args:
        table: threshold (rising), sensitivity, specificity, ppv, npv, of curves.threshold_table.
        threshold: 0 to 1.
    """
    figure, axes = canvas("Operating point, chosen on val", "threshold", "rate on val")
    for name, label, colour, line in (
        ("sensitivity", "sensitivity", "#EE6677", "-"),
        ("specificity", "specificity", "#4477AA", "-"),
        ("ppv", "PPV", "#EE6677", ":"),
        ("npv", "NPV", "#4477AA", ":"),
    ):
        axes.step(table["threshold"], table[name], line, where="pre", color=colour, label=label)
    axes.axvline(threshold, color="black", linewidth=0.8, label=f"chosen: {threshold:.3g}")
    axes.set_xscale("logit")  # what matters may lie at a thousandth
    axes.set_ylim(0, 1.02)
    axes.legend()
    return figure


def operating_roc_chart(
    curves: dict[str, pd.DataFrame], points: dict[str, dict[str, Any]]
) -> Figure:
    """Draw ROC curves by split with the operating point and the intervals of its two rates.

    Args:
        curves: by split, false_positive_rate and true_positive_rate.
        points: by split, sensitivity and specificity, 0 to 1, with their <rate>_interval.
    """
    figure, axes = canvas("Operating point on the ROC curve", "1 - specificity", "sensitivity")
    for split, table in curves.items():
        x, y = table["false_positive_rate"], table["true_positive_rate"]
        axes.plot(x, y, color=COLOURS[split], alpha=0.6)
        point = points[split]
        sensitivity, specificity = point["sensitivity"], point["specificity"]
        axes.errorbar(
            1 - specificity,
            sensitivity,
            xerr=_whiskers(specificity, point["specificity_interval"])[::-1],
            yerr=_whiskers(sensitivity, point["sensitivity_interval"]),
            fmt="o", color=COLOURS[split], capsize=3,
            label=f"{split}: sensitivity {sensitivity:.3f}, specificity {specificity:.3f}",
        )  # fmt: skip
    axes.plot([0, 1], [0, 1], "--", color="black", linewidth=0.8, label="chance")
    axes.legend(loc="lower right")
    return figure


def _whiskers(value: float, interval: list[float]) -> list[list[float]]:
    """Return the distances from a value to the ends of its interval: [[below], [above]]."""
    return [[max(value - interval[0], 0)], [max(interval[1] - value, 0)]]


def history_chart(history: pd.DataFrame, best: int) -> Figure:
    """Draw training loss and scores on val by epoch; `best` is the epoch that was kept."""
    figure, axes = canvas("Training", "epoch", "ROC-AUC and PR-AUC on val")
    axes.plot(history["epoch"], history["val_roc_auc"], color="#4477AA", label="ROC-AUC (val)")
    axes.plot(history["epoch"], history["val_pr_auc"], color="#228833", label="PR-AUC (val)")
    axes.axvline(best, color="black", linestyle=":", label=f"kept: epoch {best}")
    loss = axes.twinx()
    loss.plot(history["epoch"], history["loss"], color="#BBBBBB", label="loss (train)")
    loss.set_ylabel("weighted loss (train)")
    lines = [*axes.get_lines(), *loss.get_lines()]
    axes.legend(lines, [str(line.get_label()) for line in lines], loc="lower left")
    return figure

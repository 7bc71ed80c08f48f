"""Pictures of results: tables in, matplotlib figures out; no files, no global state."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES, LABEL, SPLITS

COLOURS: Final = {"train": "#888888", "val": "#4477AA", "test": "#EE6677"}
CLASS_COLOURS: Final = ("#4477AA", "#EE6677")  # benign, malignant


def canvas(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """Give a figure with one labelled pair of axes."""
    figure = Figure(figsize=(6, 5), dpi=100, layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    return figure, axes


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


def threshold_chart(table: pd.DataFrame, threshold: float) -> Figure:
    """Draw rates on val against the threshold, with the chosen one.

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


def diagnoses_chart(table: pd.DataFrame) -> Figure:
    """Draw images by diagnosis and split, malignant ones in red."""
    counts = table.groupby(["dx", "split"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=list(DIAGNOSES), columns=list(SPLITS), fill_value=0)
    figure, axes = canvas("Images by diagnosis", "", "images")
    labels = table.groupby("dx")[LABEL].first().reindex(counts.index, fill_value=0)
    colours = [CLASS_COLOURS[label] for label in labels]
    bottom = pd.Series(0, index=counts.index)
    for split, shade in zip(SPLITS, (1.0, 0.7, 0.4), strict=True):
        axes.bar(
            counts.index, counts[split], bottom=bottom, color=colours, alpha=shade, label=split
        )
        bottom = bottom + counts[split]
    axes.legend(title="red: malignant")
    return figure


def age_chart(table: pd.DataFrame) -> Figure:
    """Draw the distribution of age for benign and malignant images."""
    missing = int(table["age"].isna().sum())
    figure, axes = canvas("Images by age", f"years (missing: {missing})", "images")
    groups = [table.loc[table[LABEL] == label, "age"].dropna() for label in (0, 1)]
    years = range(0, 5 * int(max(90, table["age"].max()) // 5) + 10, 5)
    axes.hist(groups, bins=years, stacked=True, color=CLASS_COLOURS, label=list(CLASSES))
    axes.legend()
    return figure


def categories_chart(table: pd.DataFrame, column: str) -> Figure:
    """Draw how many images each value of a column has, benign and malignant."""
    values = table[column].astype(object).fillna("missing")  # a column of nothing is float
    counts = table.groupby([values, LABEL]).size()
    wide = counts.unstack(fill_value=0).reindex(columns=[0, 1], fill_value=0)
    wide = wide.loc[wide.sum(axis=1).sort_values().index]
    figure, axes = canvas(f"Images by {column}", "images", "")
    left = pd.Series(0, index=wide.index)
    for label, name in enumerate(CLASSES):
        axes.barh(wide.index, wide[label], left=left, color=CLASS_COLOURS[label], label=name)
        left = left + wide[label]
    axes.legend(loc="lower right")
    return figure


def lesions_chart(table: pd.DataFrame) -> Figure:
    """Draw how many lesions have one image, two, three..."""
    sizes = table.groupby("lesion_id").size().value_counts().sort_index()
    figure, axes = canvas("Images of a lesion", "images of the lesion", "lesions")
    axes.bar([str(size) for size in sizes.index], sizes, color=CLASS_COLOURS[0])
    return figure


def examples_chart(examples: dict[str, list[NDArray[Any]]], title: str) -> Figure:
    """Show images (uint8, square) by diagnosis, a row each, in 4:3 as dermatoscopes take them."""
    columns = max(1, *(len(images) for images in examples.values()))
    figure = Figure(figsize=(1.5 * columns + 0.4, 1.15 * len(examples)), dpi=100)
    grid = figure.subplots(len(examples), columns, squeeze=False)
    for row, (dx, images) in zip(grid, examples.items(), strict=True):
        for axes in row:
            axes.set_axis_off()
        for axes, image in zip(row, images, strict=False):
            axes.imshow(image, extent=(0, 4, 0, 3))
        row[0].text(-0.1, 1.5, dx, rotation=90, ha="right", va="center")
    figure.suptitle(title, y=0.997, va="top")
    top = 0.965 if title else 1
    figure.subplots_adjust(left=0.04, right=1, bottom=0, top=top, wspace=0.02, hspace=0.02)
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
    """Give how far the ends of an interval lie from a value within: [[below], [above]]."""
    return [[max(value - interval[0], 0)], [max(interval[1] - value, 0)]]


def forest_chart(table: pd.DataFrame, title: str) -> Figure:
    """Draw sensitivity and specificity of subgroups with their intervals, a row a subgroup.

    Args:
        table: group, value, images, malignant; sensitivity and specificity, 0 to 1 or NaN, with
            _low and _high.
        title: of the figure.
    """
    height = 1.2 + 0.19 * (len(table) + table["group"].nunique())
    figure = Figure(figsize=(9, height), dpi=100, layout="constrained")
    figure.suptitle(title)
    # A free line before each group, from above.
    places = -(pd.Series(range(len(table))) + (table["group"] != table["group"].shift()).cumsum())
    sides = (
        ("sensitivity", "malignant images", table["malignant"], CLASS_COLOURS[1]),
        ("specificity", "benign images", table["images"] - table["malignant"], CLASS_COLOURS[0]),
    )
    for axes, (name, what, numbers, colour) in zip(
        figure.subplots(1, 2, sharey=True), sides, strict=True
    ):
        rates, low, high = (table[f"{name}{end}"] for end in ("", "_low", "_high"))
        axes.hlines(places, low, high, color=colour, linewidth=1.2)
        axes.plot(rates, places, "o", color=colour, markersize=4)
        axes.axvline(rates.iloc[0], color="black", linewidth=0.6, linestyle=":")
        for place, number in zip(places, numbers, strict=True):
            axes.text(1.03, place, str(number), fontsize=7, va="center")
        axes.set(xlim=(0, 1.15), xlabel=f"{name} (beside: {what})")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.grid(axis="x", alpha=0.3)
    names = [
        value if group in ("all", value) else f"{group}: {value}"
        for group, value in zip(table["group"], table["value"], strict=True)
    ]
    axes.set_yticks(places, names, fontsize=7)
    axes.set_ylim(places.min() - 0.8, 0)
    return figure


def contact_chart(images: list[NDArray[Any]], captions: list[str], title: str) -> Figure:
    """Show images (uint8, square) with a caption each, in 4:3 as dermatoscopes take them."""
    columns = min(6, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(9, 0.5 + 1.55 * rows), dpi=100, layout="constrained")
    figure.suptitle(title, fontsize=10)
    cells = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in cells:
        axes.set_axis_off()
    for axes, image, caption in zip(cells, images, captions, strict=False):
        axes.imshow(image, extent=(0, 4, 0, 3))
        axes.set_title(caption, fontsize=7)
    return figure


def calibration_chart(before: dict[str, pd.DataFrame], after: pd.DataFrame) -> Figure:
    """Draw observed against predicted frequency of malignancy, with 95 % intervals.

    Args:
        before: by split, as the network says it.
        after: test, calibrated on val.
    """
    figure = Figure(figsize=(10, 5), dpi=100, layout="constrained")
    figure.suptitle("Calibration")
    panels = {"as the network says": before, "calibrated on val": {"test": after}}
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
    """Draw how probable malignancy is said to be of benign and of malignant images, by split."""
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
    """Draw net benefit against the threshold by split, beside treating all and none."""
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
        axes.set_ylim(-0.25 * top, 1.1 * top)  # treating all goes down for ever
        axes.grid(alpha=0.3)
        axes.legend()
    return figure

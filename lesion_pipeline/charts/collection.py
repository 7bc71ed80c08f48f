"""Bar charts of a collection: diagnoses, age, sex and site, images per lesion."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lesion_pipeline.charts.style import CLASS_COLOURS, PLAIN, SMALL, canvas, styled
from lesion_pipeline.core.labels import CLASSES, LABEL, SPLITS
from lesion_pipeline.vocabulary import labels_of

LEFT: Final = 0.7  # images, where a logarithmic axis begins
SHADES: Final = dict(zip(SPLITS, (1.0, 0.65, 0.35), strict=True))


@styled
def diagnoses_chart(table: pd.DataFrame) -> Figure:
    """Draw images by diagnosis and split on a logarithmic axis, malignant ones in their colour."""
    counts = table.groupby(["dx", "split"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=list(labels_of(table["dx"])), columns=list(SPLITS), fill_value=0)
    labels = table.groupby("dx")[LABEL].first().reindex(counts.index, fill_value=0)
    figure, axes = canvas("Images by diagnosis", "images (logarithmic)", "", height=88)
    for number, split in enumerate(SPLITS):
        places = [row + 0.27 * (number - 1) for row in range(len(counts))]
        colours = [CLASS_COLOURS[label] for label in labels]
        axes.barh(places, counts[split], 0.25, color=colours, alpha=SHADES[split])
        for place, count in zip(places, counts[split], strict=True):
            end = 1.07 * max(count, LEFT)  # a bar of nothing has no end on this axis
            axes.text(end, place, f"{count:,}", va="center", fontsize=SMALL - 1)
    axes.set_yticks(range(len(counts)), list(counts.index))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(LEFT, 3 * counts.to_numpy().max())
    axes.xaxis.set_major_formatter(PLAIN)
    axes.grid(visible=False, axis="y")
    handles = [Patch(fc=CLASS_COLOURS[label], label=CLASSES[label]) for label in (0, 1)]
    handles += [Patch(fc="black", ec="none", alpha=SHADES[key], label=key) for key in SPLITS]
    figure.legend(handles=handles, loc="outside lower center", ncols=5)
    return figure


@styled
def age_chart(table: pd.DataFrame) -> Figure:
    """Draw the distribution of age for benign and malignant images."""
    missing = int(table["age"].isna().sum())
    figure, axes = canvas("Images by age", f"years (missing: {missing:,})", "images")
    groups = [table.loc[table[LABEL] == label, "age"].dropna() for label in (0, 1)]
    years = range(0, 5 * int(max(90, table["age"].max()) // 5) + 10, 5)
    axes.hist(groups, bins=years, stacked=True, color=CLASS_COLOURS, label=list(CLASSES))
    axes.grid(visible=False, axis="x")
    axes.legend()
    return figure


@styled
def categories_chart(table: pd.DataFrame, column: str) -> Figure:
    """Draw how many images each value of a column has, benign and malignant."""
    values = table[column].astype(object).fillna("missing")  # an empty column is float
    counts = table.groupby([values, LABEL]).size()
    wide = counts.unstack(fill_value=0).reindex(columns=[0, 1], fill_value=0)
    wide = wide.loc[wide.sum(axis=1).sort_values().index]
    figure, axes = canvas(f"Images by {column}", "images", "", height=27 + 4.5 * len(wide))
    left = pd.Series(0, index=wide.index)
    for label, name in enumerate(CLASSES):
        bars = axes.barh(wide.index, wide[label], left=left, color=CLASS_COLOURS[label], label=name)
        left = left + wide[label]
    _totals(axes, bars, left)
    axes.set_xlim(0, 1.12 * left.max())
    axes.locator_params(axis="x", integer=True)  # there are no halves of images
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=2)  # within, it would hide bars and totals
    return figure


@styled
def lesions_chart(table: pd.DataFrame) -> Figure:
    """Draw how many lesions have one image, two, three and so on."""
    sizes = table.groupby("lesion_id").size().value_counts().sort_index()
    figure, axes = canvas("Images per lesion", "images per lesion", "lesions", height=60)
    bars = axes.bar([str(size) for size in sizes.index], sizes, color=CLASS_COLOURS[0])
    _totals(axes, bars, sizes)
    axes.grid(visible=False, axis="x")
    return figure


def _totals(axes: Axes, bars: BarContainer, numbers: pd.Series) -> None:
    axes.bar_label(bars, [f"{number:,}" for number in numbers], padding=2, fontsize=SMALL)

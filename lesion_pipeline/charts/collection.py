"""Bar charts of a collection: diagnoses, age, sex and site, images per lesion."""

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.style import CLASS_COLOURS, canvas
from lesion_pipeline.core.labels import CLASSES, LABEL, SPLITS
from lesion_pipeline.vocabulary import labels_of


def diagnoses_chart(table: pd.DataFrame) -> Figure:
    """Draw images by diagnosis and split, malignant ones in red."""
    counts = table.groupby(["dx", "split"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=list(labels_of(table["dx"])), columns=list(SPLITS), fill_value=0)
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
    values = table[column].astype(object).fillna("missing")  # an empty column is float
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
    """Draw how many lesions have one image, two, three and so on."""
    sizes = table.groupby("lesion_id").size().value_counts().sort_index()
    figure, axes = canvas("Images of a lesion", "images of the lesion", "lesions")
    axes.bar([str(size) for size in sizes.index], sizes, color=CLASS_COLOURS[0])
    return figure

"""Confusion matrices: counts, and the part of each true class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lesion_pipeline.charts.style import SMALL, panels, styled
from lesion_pipeline.core.labels import CLASSES


@styled
def confusion_chart(counts: dict[str, dict[str, int]], threshold: float) -> Figure:
    """Draw the decisions by split; rows are the truth.

    Args:
        counts: by split; tn, fp, fn, tp.
        threshold: 0 to 1.
    """
    title = f"Confusion matrix at the threshold {threshold:.3g}"
    figure, grid = panels(title, 52, 1, len(counts))
    for axes, (split, cells) in zip(grid, counts.items(), strict=True):
        matrix = np.array([[cells["tn"], cells["fp"]], [cells["fn"], cells["tp"]]])
        _matrix(axes, matrix, CLASSES)
        axes.set_title(f"{split}, n = {matrix.sum():,}")
    for axes in grid[1:]:
        axes.set_ylabel("")
    return figure


@styled
def confusion_diagnoses_chart(table: pd.DataFrame, split: str) -> Figure:
    """Draw the most probable diagnosis of each image against the truth.

    Args:
        table: actual (names), and the images by predicted diagnosis, one column each.
        split: which images.
    """
    names = [str(name) for name in table["actual"]]
    matrix = table[names].to_numpy()
    title = f"Most probable diagnosis, {split}, n = {matrix.sum():,}"
    figure, (axes,) = panels(title, 88)
    _matrix(axes, matrix, names)
    return figure


def _percent(part: float) -> str:
    return "<1%" if part < 0.005 else f"{part:.0%}"


def _matrix(axes: Axes, matrix: NDArray[Any], names: Sequence[str]) -> None:
    """Draw counts and the part of each row, darker the larger it is."""
    parts = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    axes.pcolormesh(parts, cmap="Blues", vmin=0, vmax=1)  # cells, not an image: sharp in svg
    for (row, column), part in np.ndenumerate(parts):
        count = matrix[row, column]
        text = f"{count:,}\n{_percent(part)}" if count else "0"
        colour = "white" if part > 0.5 else "black"
        at = (column + 0.5, row + 0.5)
        axes.text(*at, text, ha="center", va="center", color=colour, fontsize=SMALL - 0.5)
    places = np.arange(len(names)) + 0.5
    axes.set_xticks(places, names)
    axes.set_yticks(places, names, rotation=90 if len(names) == 2 else 0, va="center")
    axes.set(xlabel="predicted", ylabel="truth")
    axes.grid(False)
    axes.invert_yaxis()
    axes.set_box_aspect(1)

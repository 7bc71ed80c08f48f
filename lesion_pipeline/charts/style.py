"""Colours, and the axes that most charts begin with."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS: Final = {"train": "#888888", "val": "#4477AA", "test": "#EE6677"}
CLASS_COLOURS: Final = ("#4477AA", "#EE6677")  # benign, malignant


def canvas(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes, labelled."""
    figure = Figure(figsize=(6, 5), dpi=100, layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    return figure, axes

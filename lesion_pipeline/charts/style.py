"""One style for all charts: they fit a column of 85 mm, where the text is still legible.

Colours are those of Paul Tol 2021 (SRON/EPS/TN/09-002), which colour-blind readers can tell apart.
Lines differ by their dashes, too, so that a print without colours can be read.
"""

from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

COLOURS: Final = {"train": "#888888", "val": "#EE7733", "test": "#332288"}
LINES: Final = {"val": (0, (4, 1.5)), "test": "-"}
CLASS_COLOURS: Final = ("#4477AA", "#EE6677")  # benign, malignant
GREY: Final = "#777777"  # of what a curve is compared with

WIDTH: Final = 85 / 25.4  # inches: a column of most journals
TEXT: Final = 7.0  # points; journals ask for 6 or more
SMALL: Final = 6.0

STYLE: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same everywhere
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "figure.titlesize": TEXT + 1,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.borderpad": 0.2,
    "legend.handlelength": 1.8,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.5,
    "hatch.linewidth": 0.5,
}
styled = rc_context(STYLE)  # of the functions that draw; nothing stays set after them
PLAIN: Final = FuncFormatter(lambda value, _: f"{value:,g}")  # of ticks: 0.01, not a power
REFERENCE: Final[dict[str, Any]] = {"color": GREY, "linewidth": 0.8, "linestyle": (0, (1, 1.5))}


def panels(
    title: str, height: float, rows: int = 1, columns: int = 1, **shared: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure one column wide, `height` in mm, and its axes row by row."""
    figure = Figure(figsize=(WIDTH, height / 25.4), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    grid = list(figure.subplots(rows, columns, squeeze=False, **shared).ravel())
    for axes in grid:
        # Ticks are made when the figure is written, after the style.
        axes.tick_params(labelsize=SMALL, width=0.6, length=2.5)
        axes.tick_params(which="minor", width=0.4, length=1.5)
        axes.grid(color="#DDDDDD", linewidth=0.4)
        axes.set_axisbelow(True)
    return figure, grid


def canvas(title: str, x: str, y: str, height: float = 68) -> tuple[Figure, Axes]:
    """Return a figure one column wide, `height` in mm, with one pair of axes, labelled."""
    figure, (axes,) = panels(title, height)
    axes.set(xlabel=x, ylabel=y)
    return figure, axes


def square(axes: Axes, least: float = 0, most: float = 1, margin: float = 0.02) -> None:
    """Make both axes of a panel cover the same range, at the same scale."""
    ends = (least - margin * (most - least), most + margin * (most - least))
    axes.set(xlim=ends, ylim=ends)
    axes.set_box_aspect(1)


def diagonal(axes: Axes, label: str) -> None:
    """Draw the line on which both axes are equal."""
    axes.plot([0, 1], [0, 1], label=label, zorder=1, **REFERENCE)

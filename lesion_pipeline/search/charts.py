"""Figures of a search: its history, what mattered, and which values did well together."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lesion_pipeline.charts.style import COLOURS, GREY, SMALL, canvas, panels, styled
from lesion_pipeline.search.params import RISES, TITLES, ObjectiveName
from lesion_pipeline.search.record import COMPLETE, PRUNED, TrialRecord
from lesion_pipeline.search.space import Axis
from lesion_pipeline.search.tree import in_words

_SHADES: Final = colormaps["viridis"]


@styled
def search_history_chart(records: Sequence[TrialRecord], objective: ObjectiveName) -> Figure:
    """Draw the figure of each trial by its number, and the best so far."""
    title = TITLES[objective]
    figure, axes = canvas(f"{title} on val by trial", "trial", f"{title} on val")
    done = [record for record in records if record.state == COMPLETE]
    cut = [record for record in records if record.state == PRUNED and record.figures]
    axes.plot(*_points(done, objective), "o", color=COLOURS["val"], label="complete")
    if cut:
        axes.plot(*_points(cut, objective), "x", color=GREY, label="pruned: best epoch")
    numbers, values = _points(done, objective)
    best = (np.maximum if RISES[objective] else np.minimum).accumulate(values)
    axes.step(numbers, best, where="post", color="black", label="best so far")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


@styled
def importance_chart(importances: Mapping[str, float], objective: ObjectiveName) -> Figure:
    """Draw how much of the differences between trials each key decided."""
    height = 28 + 6 * len(importances)
    figure, axes = canvas(
        f"What decided {TITLES[objective]} on val", "importance (PED-ANOVA)", "", height
    )
    names = list(importances)[::-1]
    values = [importances[name] for name in names]
    bars = axes.barh(names, values, color=COLOURS["val"])
    axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=2, fontsize=SMALL)
    axes.set_xlim(0, 1.15 * max(values))
    return figure


@styled
def parallel_chart(
    records: Sequence[TrialRecord], axes_of: Sequence[Axis], objective: ObjectiveName
) -> Figure:
    """Draw each complete trial as a line through its values, from dark (worst) to light (best)."""
    done = [record for record in records if record.state == COMPLETE]
    values = np.array([record.figures[objective] for record in done])
    scale = Normalize(values.min(), values.max() if np.ptp(values) else values.min() + 1)
    figure, (axes,) = panels(f"Values of each trial, by {TITLES[objective]} on val", 80)
    order = np.argsort(values if RISES[objective] else -values)  # the best on top
    heights = [[_height(axis, record) for axis in axes_of] for record in done]
    for place in order:
        shade = _SHADES(scale(values[place]))
        axes.plot(range(len(axes_of)), heights[place], color=shade, linewidth=0.8)
    for place, axis in enumerate(axes_of):
        _label(axes, place, axis)
    names = [axis.key.replace(".", ".\n") for axis in axes_of]
    axes.set_xticks(range(len(axes_of)), names, rotation=30, ha="right")
    axes.set_yticks([])
    axes.set(xlim=(-0.3, len(axes_of) - 0.5), ylim=(-0.08, 1.08))
    figure.colorbar(ScalarMappable(scale, _SHADES), ax=axes, label=f"{TITLES[objective]} on val")
    return figure


def _points(
    records: Sequence[TrialRecord], objective: ObjectiveName
) -> tuple[list[int], list[float]]:
    return [each.number for each in records], [each.figures[objective] for each in records]


def _height(axis: Axis, record: TrialRecord) -> float:
    """Return where a trial's value lies on its axis, 0 to 1."""
    raw = record.drawn[axis.key]
    if axis.span is None:
        return axis.grid().index(raw) / max(len(axis.choices) - 1, 1)
    low, high, value = axis.span.low, axis.span.high, axis.value(raw)
    if axis.span.log:
        return float(np.log(value / low) / np.log(high / low))
    return float((value - low) / (high - low))


def _label(axes: Any, place: int, axis: Axis) -> None:
    """Write an axis' values beside it: all choices, or the ends of its range."""
    axes.axvline(place, color=GREY, linewidth=0.6, zorder=0)
    ends = axis.ends()
    for number, value in enumerate(ends):
        shown = next(iter(value.values())) if isinstance(value, dict) else value  # its first key
        words = in_words(shown) if axis.span is None else f"{value:g}"
        short = words if len(words) < 16 else f"{words[:14]}..."
        height = number / max(len(ends) - 1, 1)
        axes.text(place + 0.03, height, short, fontsize=SMALL - 1, va="center")

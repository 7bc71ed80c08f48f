"""A flow diagram, as TRIPOD+AI and STARD ask for: what was left out, and who is in which split."""

from dataclasses import dataclass
from textwrap import fill
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lesion_pipeline.core.labels import CLASSES
from lesion_pipeline.scores.flow import LesionFlow, LesionGroup
from lesion_pipeline.scores.results import Validation

USES: Final = {
    "train": "the weights were fitted",
    "val": "epoch, threshold and calibrator\nwere chosen",
    "test": "reported only",
}
LINE: Final = 0.17  # inches, of a line of text
GAP: Final = 0.4  # between boxes, for an arrow
WIDTH: Final = 7.2  # of the figure
FONT: Final = 8  # points
LONGEST: Final = 44  # letters of a reason in a line
MAIN: Final = 1.85  # the middle of the first boxes
STROKE: Final[dict[str, Any]] = {"color": "black", "linewidth": 0.8}


@dataclass(frozen=True)
class Box:
    """A box of text: its centre from the left, its top from above, its width, all in inches."""

    centre: float
    top: float
    width: float
    text: str

    @property
    def bottom(self) -> float:
        """Its lower side in inches from above."""
        return self.top + LINE * (self.text.count("\n") + 1) + 0.12


def flow_chart(flow: LesionFlow, validation: Validation) -> Figure:
    """Draw the way of the lesions from the collection to the splits, and other collections.

    Args:
        flow: of the collection.
        validation: the scores of other collections, of which only the numbers are drawn.
    """
    boxes = _boxes(flow, validation)
    start, aside, used, *splits = boxes[: 3 + len(flow.splits)]
    axes = _canvas(max(box.bottom for box in boxes) + 0.1)
    for box in boxes:
        _draw(axes, box)
    middle = (aside.top + aside.bottom) / 2
    _arrow(axes, (start.centre, start.bottom), (used.centre, used.top))
    _arrow(axes, (start.centre, middle), (aside.centre - aside.width / 2, middle))
    fork = used.bottom + GAP / 2
    axes.plot([used.centre] * 2, [used.bottom, fork], **STROKE)
    axes.plot([splits[0].centre, splits[-1].centre], [fork, fork], **STROKE)
    for box in splits:
        _arrow(axes, (box.centre, fork), (box.centre, box.top))
    return axes.figure  # type: ignore[return-value]


def _boxes(flow: LesionFlow, validation: Validation) -> list[Box]:
    """Return collection, left out, used, each split, and each other collection."""
    source = fill(f"Collection: {flow.source}", LONGEST)
    start = Box(MAIN, 0.1, 3.4, f"{source}\n{_count(flow.collection)}")
    aside = Box(5.45, start.bottom + GAP / 2, 3.2, _left_out(flow))
    used = Box(MAIN, aside.bottom + GAP / 2, 3.4, f"Used\n{_count(flow.used())}")
    splits = [
        Box(place, used.bottom + GAP, 2.25, _split(flow, split))
        for place, split in zip((1.25, WIDTH / 2, WIDTH - 1.25), flow.splits, strict=True)
    ]
    below = max(box.bottom for box in splits) + GAP / 2
    others = [
        Box(WIDTH / 2, below + number * (2 * LINE + 0.3), WIDTH - 0.25, _external(name, validation))
        for number, name in enumerate(validation.collections)
    ]
    return [start, aside, used, *splits, *others]


def _canvas(height: float) -> Axes:
    """Return axes in inches from the upper left corner that fill the figure."""
    figure = Figure(figsize=(WIDTH, height), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def _draw(axes: Axes, box: Box) -> None:
    left, height = box.centre - box.width / 2, box.bottom - box.top
    axes.add_patch(Rectangle((left, box.top), box.width, height, fill=False, linewidth=0.8))
    middle = box.top + height / 2
    axes.text(box.centre, middle, box.text, fontsize=FONT, ha="center", va="center")


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "->", "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=style)


def _count(group: LesionGroup) -> str:
    return f"{group.lesions:,} lesions, {group.images:,} images"


def _left_out(flow: LesionFlow) -> str:
    images = flow.collection.images - flow.used().images
    lines = [f"Left out: {flow.lost:,} lesions, {images:,} images" if images else "Left out: none"]
    lines += [fill(f"{each.reason}: {each.images:,}", LONGEST) for each in flow.left_out]
    if flow.merged:
        lines.append(f"Merged: {flow.merged:,} ids of lesions known by another id")
    return "\n".join(lines)


def _split(flow: LesionFlow, split: str) -> str:
    rows = [f"{name}: {_count(flow.splits[split][name])}" for name in CLASSES]
    return "\n".join([f"{split}: {_count(flow.used(split))}", *rows, USES[split]])


def _external(name: str, validation: Validation) -> str:
    scores = validation.collections[name]
    lesions = scores.lesions
    return (
        f"Other collection, {name}: {lesions.count:,} lesions ({lesions.malignant:,} malignant), "
        f"{scores.images:,} images\nleft out: {scores.duplicates:,} images that look like one of "
        f"the collection itself, {scores.unreadable:,} that could not be read"
    )

"""Images side by side: examples by diagnosis, contact sheets, and pairs."""

from dataclasses import dataclass
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

PAIRS_IN_A_ROW: Final = 3
PAIR_COLOUR: Final = "#EEF1F5"  # behind each pair, so that its images are seen to belong together


@dataclass(frozen=True)
class ImagePair:
    """Two images that are looked at together.

    Attributes:
        images: uint8 (size, size, 3).
        title: above the pair.
        captions: below each of them.
    """

    images: tuple[NDArray[Any], NDArray[Any]]
    title: str
    captions: tuple[str, str]


def examples_chart(examples: dict[str, list[NDArray[Any]]], title: str) -> Figure:
    """Show images (uint8, square) by diagnosis, one row each, in 4:3 as dermatoscopes do.

    A diagnosis without images has no row, but is named in the title.
    """
    filled = {dx: images for dx, images in examples.items() if images}
    columns = max((len(images) for images in filled.values()), default=1)
    rows = max(len(filled), 1)
    size = (1.5 * columns + 0.5, 1.15 * rows + 0.4)
    figure = Figure(figsize=size, dpi=100, layout=ConstrainedLayoutEngine(w_pad=0.01, h_pad=0.01))
    figure.suptitle(_named(title, [dx for dx in examples if dx not in filled]), fontsize=10)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for row, (dx, images) in zip(grid, filled.items(), strict=False):
        for axes, image in zip(row, images, strict=False):
            _show(axes, image)
        place = {"transform": row[0].transAxes, "rotation": 90, "ha": "right", "va": "center"}
        row[0].text(-0.02, 0.5, dx, **place)
    return figure


def contact_chart(images: list[NDArray[Any]], captions: list[str], title: str) -> Figure:
    """Show images (uint8, square), each with a caption, in 4:3 as dermatoscopes do."""
    columns = min(6, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(9, 0.5 + 1.55 * rows), dpi=100, layout="constrained")
    figure.suptitle(title, fontsize=10)
    cells = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in cells:
        axes.set_axis_off()
    for axes, image, caption in zip(cells, images, captions, strict=False):
        _show(axes, image)
        axes.set_title(caption, fontsize=7)
    return figure


def pairs_chart(pairs: list[ImagePair], title: str) -> Figure:
    """Show pairs of images, each on a ground of its own, in 4:3 as dermatoscopes do."""
    columns = min(PAIRS_IN_A_ROW, len(pairs))
    rows = -(-len(pairs) // columns)
    figure = Figure(figsize=(3.4 * columns, 0.6 + 2.1 * rows), dpi=100, layout="constrained")
    figure.suptitle(title, fontsize=9)
    cells = figure.subfigures(rows, columns, squeeze=False, wspace=0.04, hspace=0.06)
    for cell, pair in zip(cells.ravel(), pairs, strict=False):
        _show_pair(cell, pair)
    return figure


def _show_pair(cell: SubFigure, pair: ImagePair) -> None:
    cell.set_facecolor(PAIR_COLOUR)
    cell.suptitle(pair.title, fontsize=8)
    sides = cell.subplots(1, 2)
    for axes, image, caption in zip(sides, pair.images, pair.captions, strict=True):
        _show(axes, image)
        axes.set_axis_off()
        axes.text(0.5, -0.04, caption, transform=axes.transAxes, ha="center", va="top", fontsize=7)


def _show(axes: Axes, image: NDArray[Any]) -> None:
    axes.imshow(image, extent=(0, 4, 0, 3))


def _named(title: str, missing: list[str]) -> str:
    return f"{title}\nNo image of: {', '.join(missing)}" if missing else title

"""Images side by side: examples by diagnosis, and contact sheets."""

from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray


def examples_chart(examples: dict[str, list[NDArray[Any]]], title: str) -> Figure:
    """Show images (uint8, square) by diagnosis, one row each, in 4:3 as dermatoscopes do."""
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
        axes.imshow(image, extent=(0, 4, 0, 3))
        axes.set_title(caption, fontsize=7)
    return figure

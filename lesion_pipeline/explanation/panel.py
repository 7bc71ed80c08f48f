"""Pictures of maps: over the image itself, at its own resolution."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lesion_pipeline.images import Resize, placed_on

EVIDENCE: Final = "inferno"  # a colour map that grows lighter throughout, also without colour
OPACITY: Final = 0.55
BRIGHT: Final = 0.995  # quantile of a saliency map that has the lightest colour
SCALE: Final = (
    "fraction of the image's\nhighest evidence (over grey),\nor of its saliency's 99.5 % quantile"
)


@dataclass(frozen=True)
class ExplainedImage:
    """An image with its maps.

    Attributes:
        pixels: uint8 (height, width, 3), at its own resolution.
        evidence: (size, size), 0 to 1, of the image that the network saw.
        saliency: likewise.
        title: a line above it.
    """

    pixels: NDArray[np.uint8]
    evidence: NDArray[np.float32]
    saliency: NDArray[np.float32]
    title: str


def panel(title: str, rows: list[ExplainedImage], resize: Resize) -> Figure:
    """Draw one row per image: the image, the evidence over it, the saliency.

    Args:
        title: of the figure.
        rows: the images; without any, the figure is its title.
        resize: how images were brought to the size that the network takes.
    """
    figure = Figure(figsize=(9.6, 2.5 * len(rows) + 0.6), dpi=80, layout="constrained")
    figure.suptitle(title, fontsize=11)
    if not rows:
        return figure
    grid = figure.subplots(len(rows), 3, squeeze=False)
    shown: Any = None
    for axes, row in zip(grid, rows, strict=True):
        shown = _row(axes, row, resize)
    colours = figure.colorbar(shown, ax=grid[:, 1:].ravel().tolist(), shrink=0.6, ticks=[0, 0.5, 1])
    colours.set_label(SCALE, fontsize=8)
    for axes, name in zip(grid[0], ("image", "evidence for malignant", "saliency"), strict=True):
        axes.set_title(f"{name}\n{axes.get_title()}" if axes.get_title() else name, fontsize=8)
    return figure


def _row(axes: NDArray[Any], row: ExplainedImage, resize: Resize) -> Any:
    height, width = row.pixels.shape[:2]
    for ax in axes:
        ax.set_axis_off()
    axes[0].imshow(row.pixels)
    axes[0].set_title(row.title, fontsize=8)
    _overlay(axes[1], row.pixels, placed_on(row.evidence, width, height, resize))
    saliency = placed_on(row.saliency, width, height, resize)
    highest = float(np.quantile(saliency, BRIGHT)) or 1.0
    return axes[2].imshow(np.minimum(saliency / highest, 1), cmap=EVIDENCE, vmin=0, vmax=1)


def _overlay(axes: Axes, pixels: NDArray[np.uint8], evidence: NDArray[np.float32]) -> None:
    """Draw the evidence over the grey image, the clearer the higher it is."""
    grey = pixels.mean(axis=2).astype(np.uint8)
    axes.imshow(grey, cmap="gray", vmin=0, vmax=255)
    axes.imshow(evidence, cmap=EVIDENCE, vmin=0, vmax=1, alpha=OPACITY)

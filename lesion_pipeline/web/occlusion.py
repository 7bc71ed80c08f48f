"""Where the evidence for malignant lies, by covering one place after another.

A bundle's light runtimes compute no gradients, so the maps of `lesion explain` need TensorFlow.
This one needs nothing but predictions (Zeiler and Fergus 2014, ECCV, section 4.2): each place is
covered with a square of the colour at the image's border, which is mostly skin, and the map shows
by how much that lowers the log odds of malignancy. It says what the network would predict without
a place, and tells nothing about places that count only together. On the generated collection as
much of it lies on the lesion as of the gradients' map: docs/serve.md has figures.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.evaluation.calibrator import logit

ACROSS: Final = 7  # squares in each direction; each overlaps the next by half
BORDER: Final = 1 / 28  # of the image's side: where the colour of a cover is taken from


@dataclass(frozen=True)
class Evidence:
    """A map, and what it means in probabilities.

    Attributes:
        shares: float32 (size, size), 0 to 1, the fraction of the image's highest evidence; less
            in proportion where the probability is below the threshold, since little is then
            evident anywhere; all 0 if covering no place lowers the probability.
        probability: of malignancy, of the whole image.
        lowest: of the covered images.
    """

    shares: NDArray[np.float32]
    probability: float
    lowest: float


def covered(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return copies of an image (size, size, 3), each with one place covered.

    Returns:
        uint8 (ACROSS * ACROSS, size, size, 3), row by row.
    """
    copies = np.repeat(image[None], ACROSS * ACROSS, axis=0)
    colour = _border_colour(image)
    for copy, (rows, columns) in zip(copies, _squares(len(image)), strict=True):
        copy[rows, columns] = colour
    return copies


def evidence(before: float, after: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return by how much each cover lowers the log odds.

    Args:
        before: probability of malignancy of the image.
        after: (ACROSS * ACROSS,), of the covered copies.
    """
    return np.asarray(logit(before) - logit(after))


def evidence_map(
    before: float, after: NDArray[np.floating], threshold: float, size: int
) -> Evidence:
    """Return the map of an image, interpolated between the middles of the covers.

    Args:
        before: probability of malignancy of the image.
        after: (ACROSS * ACROSS,), of the covered copies.
        threshold: of the decision.
        size: of the map.
    """
    grid = np.maximum(evidence(before, after), 0).reshape(ACROSS, ACROSS)
    middles = np.arange(1, ACROSS + 1) * size / (ACROSS + 1) - 0.5
    pixels = np.arange(size)
    rows = np.stack([np.interp(pixels, middles, column) for column in grid.T], axis=1)
    raised = np.stack([np.interp(pixels, middles, row) for row in rows])
    highest, strength = raised.max(), min(1, before / threshold) if threshold else 1
    shares = strength * raised / highest if highest > 0 else raised
    return Evidence(shares.astype(np.float32), before, float(min(before, after.min())))


def _squares(size: int) -> list[tuple[slice, slice]]:
    edges = np.linspace(0, size, ACROSS + 2).round().astype(int)
    spans = [slice(edges[n], edges[n + 2]) for n in range(ACROSS)]
    return [(rows, columns) for rows in spans for columns in spans]


def _border_colour(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    width = max(1, round(len(image) * BORDER))
    strips = (image[:width], image[-width:], image[:, :width], image[:, -width:])
    pixels = np.concatenate([strip.reshape(-1, 3) for strip in strips])
    return np.asarray(np.median(pixels, axis=0), np.uint8)

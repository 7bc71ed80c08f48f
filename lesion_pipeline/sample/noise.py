"""Brushes of the generated sample: seeded noise, cells, blobs and strokes on one canvas."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lesion_pipeline.sample.arithmetic import cos_sin, harmonics, hypot, rotate

Field = NDArray[np.float32]  # (HEIGHT, WIDTH), one value a pixel of the canvas
Point = tuple[float, float]  # x to the right, y downwards, in pixels from the canvas' corner

WIDTH: Final = 720  # the canvas is larger than an image, so that a view can turn and shift
HEIGHT: Final = 600
SUPERSAMPLED: Final = 2  # strokes are drawn at this scale, then averaged
CELL_JITTER: Final = 0.8  # 0: a square grid, 1: fully random points
CELL_WARP: Final = 0.30  # how far, in cells, the grid is bent
BLOB_WOBBLE: Final = 0.10


def stream(*key: object) -> np.random.Generator:
    """Return the random stream of a key: the same on every machine, in every process and order."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


@cache
def grid(step: int = 1) -> tuple[Field, Field]:
    """Return x and y of the pixels, from the canvas' corner; every `step`-th of them. Read-only."""
    y, x = np.mgrid[0:HEIGHT:step, 0:WIDTH:step].astype(np.float32)
    x.flags.writeable = y.flags.writeable = False
    return x, y


def enlarge(field: Field) -> Field:
    """Enlarge any field smoothly to the canvas."""
    image = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def _noise(rng: np.random.Generator, cell: float, step: int) -> Field:
    """Return every `step`-th pixel of smooth noise."""
    rows, columns = int(HEIGHT / cell) + 3, int(WIDTH / cell) + 3
    image = Image.fromarray(rng.standard_normal((rows, columns), dtype=np.float32))
    left, top = rng.random(2)
    box = (left, top, left + WIDTH / cell, top + HEIGHT / cell)
    size = WIDTH // step, HEIGHT // step
    smooth = image.resize(size, Image.Resampling.BICUBIC, box=box)
    return np.asarray(smooth) * np.float32(1.5)  # interpolation takes a third of the deviation


def noise(rng: np.random.Generator, cell: float) -> Field:
    """Smooth noise of about zero mean and unit deviation, with patches of about `cell` pixels."""
    return fractal(rng, cell, 1)


def fractal(rng: np.random.Generator, cell: float, octaves: int, gain: float = 0.55) -> Field:
    """Noise of several scales, each half as large as the one before and `gain` times as strong."""
    weights = np.cumprod([1.0] + [gain] * (octaves - 1))
    weights /= np.sqrt((weights**2).sum())
    # Drawn no finer than the finest scale needs, then enlarged once: several times as fast.
    step = next(step for step in (8, 4, 2, 1) if step == 1 or cell / 2 ** (octaves - 1) >= 3 * step)
    total = np.zeros((HEIGHT // step, WIDTH // step), np.float32)
    for octave, weight in enumerate(weights):
        total += np.float32(weight) * _noise(rng, cell / 2**octave, step)
    return total if step == 1 else enlarge(total)


def smoothstep(values: Field, low: float, high: float) -> Field:
    """Rise from 0 at `low` to 1 at `high` without a kink; falls if `low` is above `high`."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    risen: Field = t * t * (3 - 2 * t)
    return risen


def cells(rng: np.random.Generator, cell: float) -> tuple[Field, Field]:
    """Irregular cells of about `cell` pixels.

    Returns:
        The distance to the nearest cell centre, and how much further the next nearest is (0 on
        the walls between cells); both in cells.
    """
    bend = [CELL_WARP * noise(rng, 3 * cell)[::2, ::2] for _ in range(2)]
    x, y = (axis / np.float32(cell) + by + 3 for axis, by in zip(grid(2), bend, strict=True))
    rows, columns = int(HEIGHT / cell) + 10, int(WIDTH / cell) + 10
    jitter = (rng.random((2, rows, columns), np.float32) - np.float32(0.5)) * CELL_JITTER
    column, row = (np.clip(axis.astype(np.intp), 1, None) for axis in (x, y))
    near = np.full(x.shape, np.inf, np.float32)
    far = near.copy()
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            at = np.clip(row + down, 0, rows - 1), np.clip(column + right, 0, columns - 1)
            dx = at[1] + np.float32(0.5) + jitter[0][at] - x
            dy = at[0] + np.float32(0.5) + jitter[1][at] - y
            distance = np.sqrt(dx * dx + dy * dy, dtype=np.float32)
            far = np.minimum(far, np.maximum(near, distance))
            near = np.minimum(near, distance)
    return enlarge(near), enlarge(far - near)


def scatter(rng: np.random.Generator, count: float, where: Field) -> list[Point]:
    """Choose up to `count` places, more likely where `where` (0 to 1) is high."""
    tries = rng.random((int(count) * 40 + 1, 3)) * (WIDTH - 1, HEIGHT - 1, 1)
    kept = tries[where[tries[:, 1].astype(int), tries[:, 0].astype(int)] > tries[:, 2]]
    return [(float(x), float(y)) for x, y, _ in kept[: int(count)]]


def blobs(
    rng: np.random.Generator, places: Iterable[Point], radii: tuple[float, float], soft: float
) -> Field:
    """Draw wobbly ovals, 1 inside and 0 outside, with an edge `soft` radii wide."""
    field = np.zeros((HEIGHT, WIDTH), np.float32)
    for x, y in places:
        radius, stretch, turn = rng.uniform(*radii), rng.uniform(0.65, 1.0), rng.uniform(0, np.pi)
        reach = int(radius * (1.3 + soft)) + 2
        rows = slice(max(0, int(y) - reach), int(y) + reach)
        columns = slice(max(0, int(x) - reach), int(x) + reach)
        dx = grid()[0][rows, columns] - np.float32(x)
        dy = grid()[1][rows, columns] - np.float32(y)
        along, across = rotate(dx, dy, turn)
        along /= np.float32(radius)
        across /= np.float32(radius * stretch)
        outline = 1 + _wobble(rng, along, across)
        inside = smoothstep(hypot(along, across) * outline, 1 + soft / 2, 1 - soft / 2)
        np.maximum(field[rows, columns], inside, out=field[rows, columns])
    return field


def _wobble(rng: np.random.Generator, along: Field, across: Field) -> Field:
    """Return waves around a centre: so much nearer or farther is the outline in each direction."""
    wobble = np.zeros_like(along)
    for k, (cos, sin) in enumerate(harmonics(along, across, 5), start=1):
        if k in (2, 3, 5):
            size = BLOB_WOBBLE * rng.normal() / (k - 1)
            shift_cos, shift_sin = cos_sin(rng.uniform(0, 2 * np.pi))
            wobble += size * (shift_cos * cos - shift_sin * sin)
    return wobble


def strokes(lines: Iterable[Sequence[tuple[float, float, float]]]) -> Field:
    """Draw lines given as (x, y, width) along their course; 1 on a line, 0 beside it."""
    scale = SUPERSAMPLED
    image = Image.new("L", (WIDTH * scale, HEIGHT * scale))
    pen = ImageDraw.Draw(image)
    for line in lines:
        for (x0, y0, width), (x1, y1, _) in pairwise(line):
            ends = (x0 * scale, y0 * scale, x1 * scale, y1 * scale)
            pen.line(ends, fill=255, width=max(1, round(width * scale)))
    return np.asarray(image.reduce(scale), dtype=np.float32) / np.float32(255)


def walk(
    rng: np.random.Generator, start: Point, heading: float, length: float, width: float, bend: float
) -> list[tuple[float, float, float]]:
    """Return the course of a line that wanders by `bend` radians a step and thins out."""
    steps = max(4, int(length / 6))
    headings = heading + np.cumsum(rng.normal(0, bend, steps))
    cos, sin = cos_sin(headings)
    x = start[0] + np.cumsum(cos) * length / steps
    y = start[1] + np.cumsum(sin) * length / steps
    widths = width * np.linspace(1, 0.45, steps)
    return list(zip(x.tolist(), y.tolist(), widths.tolist(), strict=True))

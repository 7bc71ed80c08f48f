"""Skin and hair of the generated sample: the same for every diagnosis."""

from typing import Final

import numpy as np

from lesion_pipeline.sample.lesion import Canvas
from lesion_pipeline.sample.noise import (
    HEIGHT,
    WIDTH,
    blobs,
    cells,
    fractal,
    noise,
    smoothstep,
    strokes,
    walk,
)

SKIN: Final = (0.93, 0.83, 0.79)  # without any pigment or blood
HAIRY: Final = 0.45  # part of the images with hair
HAIR_COLOURS: Final = ((0.16, 0.11, 0.10), (0.27, 0.17, 0.12), (0.42, 0.29, 0.19))


def grow_skin(rng: np.random.Generator, canvas: Canvas) -> None:
    """Fill the canvas with bare skin of any phototype: tone, mottling, furrows and pores."""
    tan = float(np.clip(rng.gamma(1.6, 0.09), 0.02, 0.75))
    pink = float(rng.uniform(0.05, 0.34))
    canvas.base = tuple(np.array(SKIN) * rng.normal(1, (0.02, 0.02, 0.03)))
    furrow = _furrows(rng)
    mottle = fractal(rng, rng.uniform(90, 160), 5, 0.6)
    fine = fractal(rng, 9, 3, 0.9)
    pores = blobs(rng, _pore_places(rng), (1.2, 3.0), 1.2)
    canvas.melanin[:] = tan * (1 + 0.14 * fractal(rng, 120, 5, 0.6) + 0.05 * fine + 0.35 * furrow)
    canvas.melanin += 0.02 * furrow + 0.10 * pores * rng.uniform(0, 1)
    canvas.blood[:] = np.maximum(pink * (1 + 0.15 * mottle + 0.07 * fine - 0.12 * furrow), 0)


def _furrows(rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Fine polygons as the skin's surface has them, in patches."""
    _, wall = cells(rng, rng.uniform(9, 17))
    patch = smoothstep(noise(rng, 130), -0.8, 1.0)
    return smoothstep(wall, 0.3, 0.0) * patch * np.float32(rng.uniform(0.1, 0.9))


def _pore_places(rng: np.random.Generator) -> list[tuple[float, float]]:
    count = int(rng.gamma(1.0, 35))
    return [(float(x), float(y)) for x, y in rng.uniform((0, 0), (WIDTH, HEIGHT), (count, 2))]


def grow_hair(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw hairs over the canvas; none in many images, a few in most others."""
    count = int(rng.gamma(0.8, 9.0)) + 1
    if rng.random() >= HAIRY:
        return
    main = rng.uniform(0, 2 * np.pi)
    lines = []
    for _ in range(min(count, 45)):
        start = rng.uniform(-40, WIDTH + 40), rng.uniform(-40, HEIGHT + 40)
        length, width = rng.uniform(90, 420), rng.uniform(0.9, 2.6)
        lines.append(walk(rng, start, main + rng.normal(0, 0.5), length, width, 0.035))
    hair = strokes(lines)
    shadow = np.roll(hair, (2, 2), (0, 1))
    canvas.rgb *= 1 - np.float32(0.10) * shadow
    colour = HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))]
    shine = 0.85 - 0.15 * noise(rng, 25)
    canvas.cover(colour, np.clip(hair * shine * rng.uniform(0.7, 1.0), 0, 1))

"""Paint a generated lesion: pigment and blood first, then what lies over them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.sample.arithmetic import (
    arctan2,
    cos_sin,
    exp,
    harmonics,
    hypot,
    rotate,
    sigmoid,
)
from lesion_pipeline.sample.noise import (
    HEIGHT,
    WIDTH,
    Field,
    blobs,
    cells,
    fractal,
    grid,
    noise,
    scatter,
    smoothstep,
    strokes,
    walk,
)
from lesion_pipeline.sample.traits import Traits

Colour = tuple[float, float, float]  # red, green, blue, 0 to 1

RADIUS: Final = (55.0, 185.0)  # pixels, at size 0 and 1
MELANIN_ABSORBS: Final = np.array([0.62, 0.98, 1.22], np.float32)
BLOOD_ABSORBS: Final = np.array([0.20, 0.70, 0.55], np.float32)
BLUE_GREY: Final = (0.43, 0.45, 0.52)
STEEL: Final = (0.36, 0.35, 0.41)
WHITE: Final = (0.90, 0.82, 0.80)
PEARL: Final = (0.90, 0.76, 0.74)
KERATIN: Final = (0.90, 0.84, 0.68)
HORN: Final = (0.34, 0.22, 0.13)
CRUST: Final = (0.45, 0.20, 0.12)
BLACK: Final = (0.13, 0.09, 0.09)
PURPLE: Final = (0.38, 0.12, 0.22)
# k: k**0.8; the k-th wave around the outline is so many times weaker.
WAVES: Final = {2: 1.741, 3: 2.408, 4: 3.031, 5: 3.624, 6: 4.193, 7: 4.743, 8: 5.278}


@dataclass
class Canvas:
    """What light meets: melanin and blood (absorbance), and the RGB that comes back."""

    melanin: Field
    blood: Field
    base: Colour
    rgb: NDArray[np.float32]

    def develop(self) -> None:
        """Turn pigment into colour by Beer and Lambert's law."""
        for channel in range(3):
            absorbed = self.melanin * MELANIN_ABSORBS[channel]
            absorbed += self.blood * BLOOD_ABSORBS[channel]
            self.rgb[channel] = np.float32(self.base[channel]) * exp(-absorbed)

    def cover(self, colour: Colour, opacity: Field) -> None:
        """Draw a colour over the picture; opacity 0 to 1."""
        for channel in range(3):
            self.rgb[channel] += opacity * (np.float32(colour[channel]) - self.rgb[channel])


@dataclass(frozen=True)
class Shape:
    """Where the lesion lies: `mask` 0 to 1; `depth` 0 at its border, 1 in its centre."""

    mask: Field
    depth: Field
    x: Field  # from its centre, in radii
    y: Field
    radius: float


def draw_shape(rng: np.random.Generator, traits: Traits) -> Shape:
    """Draw an irregular closed outline with an edge that is sharp here and faded there."""
    radius = RADIUS[0] + (RADIUS[1] - RADIUS[0]) * traits.size
    x, y = _bent(rng, radius, traits.ragged)
    outside = hypot(x, y) / np.maximum(_outline(rng, x, y, traits.ragged), 0.35) - 1
    outside += np.float32(0.03 + 0.075 * traits.ragged) * fractal(rng, radius / 3, 4, 0.65)
    edge = np.float32(0.03 + 0.10 * (1 - min(traits.sharp, 1.0)))
    soft = edge * exp(np.float32(0.5) * noise(rng, radius * 0.8))
    return Shape(sigmoid(-outside / soft), np.clip(-outside, 0, 1), x, y, radius)


def _outline(rng: np.random.Generator, x: Field, y: Field, ragged: float) -> Field:
    """Return the outline's distance from the centre, in radii, in the direction of (x, y)."""
    reach = np.ones_like(x)
    for k, (cos, sin) in enumerate(harmonics(x, y, max(WAVES)), start=1):
        if k in WAVES:
            size = rng.normal(0, 0.05 + 0.13 * ragged) / WAVES[k]
            shift_cos, shift_sin = cos_sin(rng.uniform(0, 2 * np.pi))
            reach += size * shift_cos * cos - size * shift_sin * sin
    return reach


def _bent(rng: np.random.Generator, radius: float, ragged: float) -> tuple[Field, Field]:
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(1.0, 1.45)
    centre = np.array([WIDTH, HEIGHT]) / 2 + rng.normal(0, 10, 2)
    dx, dy = (axis - np.float32(at) for axis, at in zip(grid(), centre, strict=True))
    x, y = rotate(dx, dy, turn)
    x /= np.float32(radius * np.sqrt(stretch))
    y *= np.float32(np.sqrt(stretch) / radius)
    warp = np.float32(0.05 + 0.12 * ragged)
    return x + warp * fractal(rng, radius * 0.7, 3), y + warp * fractal(rng, radius * 0.7, 3)


def paint_lesion(rng: np.random.Generator, traits: Traits, canvas: Canvas) -> Shape:
    """Paint the lesion into the canvas, whose melanin and blood are those of the skin."""
    shape = draw_shape(rng, traits)
    where = shape.mask * smoothstep(noise(rng, shape.radius * 0.7), *_patches(traits.patchy))
    _pigment(rng, traits, canvas, shape)
    _reticulate(rng, traits, canvas, shape, where)
    _speckle(rng, traits, canvas, shape, where)
    _redden(rng, traits, canvas, shape, where)
    canvas.develop()
    for layer in (_whiten, _keratinise, _blue, _bleed):
        layer(rng, traits, canvas, shape, where)
    return shape


def _patches(patchy: float) -> tuple[float, float]:
    """From everywhere (0) to half of the lesion (1)."""
    return -3.0 + 2.7 * min(patchy, 1.0), -1.6 + 2.2 * min(patchy, 1.0)


def _pigment(rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape) -> None:
    turn = rng.uniform(0, 2 * np.pi)
    tilt = np.clip(rotate(shape.x, shape.y, turn)[0], -1, 1)
    profile = rng.uniform(-0.25, 0.5) * (smoothstep(shape.depth, 0.1, 0.8) - 0.5)
    tone = 1 + profile + 0.45 * t.uneven * tilt + 0.13 * fractal(rng, shape.radius / 2, 5, 0.7)
    for strength, cut in ((0.9, 0.35), (-0.65, 0.5), (1.2, 1.0)):
        patch = smoothstep(fractal(rng, shape.radius * 0.75, 4), cut, cut + 0.6)
        tone += np.float32(strength * min(t.variegated, 1.2)) * patch
    canvas.melanin += np.float32(1.15 * t.melanin) * shape.mask * np.maximum(tone, 0.1)
    flush = 1 + 0.5 * fractal(rng, shape.radius / 2, 4, 0.7) + t.variegated * noise(rng, 90)
    canvas.blood += np.float32(0.75 * t.blood) * shape.mask * np.maximum(flush, 0)


def _reticulate(
    rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape, where: Field
) -> None:
    if t.network > 0.08:
        _, wall = cells(rng, rng.uniform(10, 15) + 4 * t.patchy)
        line = smoothstep(wall, rng.uniform(0.4, 0.55), 0.02) * (0.75 + 0.25 * noise(rng, 30))
        # Around a white heart the network is a fine rim.
        rim = smoothstep(shape.depth, 0.75, 0.25) if t.heart > t.melanin else np.float32(1)
        fade = smoothstep(shape.mask, 0.08, 0.7) * rim
        canvas.melanin += np.float32(0.85 * t.network) * where * fade * (line - 0.3)
    if t.ridges > 0.1:
        folds = np.abs(fractal(rng, rng.uniform(24, 38), 2, 0.4))
        gyri = smoothstep(folds, 0.45, 0.0) - 0.35
        canvas.melanin += np.float32(0.65 * t.ridges * (0.3 + t.melanin)) * where * gyri
    if t.follicles > 0.1:
        near, wall = cells(rng, rng.uniform(20, 30))
        plug = smoothstep(near, 0.30, 0.12)
        canvas.blood += np.float32(0.6 * t.follicles) * where * (smoothstep(wall, 0.7, 0.1) - plug)


def _speckle(
    rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape, where: Field
) -> None:
    area = shape.radius * shape.radius / 100**2
    if t.globules > 0.1:
        places = scatter(rng, 110 * t.globules * area, where * (shape.mask > 0.4))
        canvas.melanin += 0.55 * blobs(rng, places, (2.0, 5.0), 1.1) * rng.uniform(0.6, 1.3)
    if t.dots > 0.1:
        rim = where * smoothstep(shape.depth, 0.6, 0.1)
        places = scatter(rng, 60 * t.dots * area, rim)
        canvas.melanin += 1.2 * blobs(rng, places, (1.2, 3.2), 1.1) * shape.mask
    if t.streaks > 0.1:
        places = scatter(rng, 34 * t.streaks, where * smoothstep(shape.depth, 0.22, 0.05))
        canvas.melanin += 0.9 * t.streaks * strokes(_spokes(rng, places, shape))


def _spokes(
    rng: np.random.Generator, places: list[tuple[float, float]], shape: Shape
) -> list[list[tuple[float, float, float]]]:
    """Short lines that point away from the centre, where the lesion grows."""
    return [
        walk(
            rng,
            (x, y),
            arctan2(y - HEIGHT / 2, x - WIDTH / 2) + rng.normal(0, 0.25),
            shape.radius * rng.uniform(0.12, 0.3),
            rng.uniform(2.5, 5),
            0.12,
        )
        for x, y in places
    ]


def _redden(
    rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape, where: Field
) -> None:
    if t.vessels < 0.1:
        return
    lines: list[list[tuple[float, float, float]]] = []
    for start in scatter(rng, 1 + 7 * t.vessels, shape.mask):
        _branch(rng, lines, start, rng.uniform(0, 2 * np.pi), shape.radius, rng.uniform(2, 4))
    thread = strokes(lines) * smoothstep(shape.mask, 0.1, 0.5)
    canvas.blood += np.float32(min(1.3, 0.6 + t.vessels)) * thread


def _branch(
    rng: np.random.Generator,
    lines: list[list[tuple[float, float, float]]],
    start: tuple[float, float],
    heading: float,
    length: float,
    width: float,
) -> None:
    """Grow a vessel that forks into thinner ones."""
    line = walk(rng, start, heading, length, width, 0.22)
    lines.append(line)
    if width < 1.1 or len(lines) > 60:
        return
    for _ in range(int(rng.integers(1, 4))):
        x, y, _width = line[int(rng.integers(len(line) // 3, len(line)))]
        side = rng.choice([-1.0, 1.0]) * rng.uniform(0.4, 1.0)
        _branch(rng, lines, (x, y), heading + side, length * rng.uniform(0.4, 0.7), width * 0.6)


def _whiten(
    rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape, where: Field
) -> None:
    grain = 0.75 + 0.25 * fractal(rng, 14, 3, 0.8)
    if t.pearl > 0.1:
        sheen = smoothstep(fractal(rng, shape.radius * 0.6, 4), -0.6, 1.4) * shape.mask
        canvas.cover(PEARL, np.float32(0.55 * t.pearl) * sheen * grain)
    if t.scar > 0.1:
        patch = smoothstep(fractal(rng, shape.radius * 0.6, 5, 0.6), 0.5, 1.3) * shape.mask
        canvas.cover(WHITE, np.float32(min(0.75, 0.8 * t.scar)) * patch * grain)
    if t.heart > 0.1:
        ragged = shape.depth + 0.13 * fractal(rng, shape.radius * 0.4, 4, 0.65)
        heart = smoothstep(ragged, 0.3, 0.8) * shape.mask
        canvas.cover(WHITE, np.float32(min(0.7, 0.75 * t.heart)) * heart * grain)


def _keratinise(
    rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape, where: Field
) -> None:
    area = shape.radius * shape.radius / 100**2
    inner = where * (shape.mask > 0.7)
    if t.comedos > 0.1:
        plugs = blobs(rng, scatter(rng, 18 * t.comedos * area, inner), (2.5, 7), 0.6)
        canvas.cover(HORN, 0.75 * plugs)
    if t.milia > 0.1:
        cysts = blobs(rng, scatter(rng, 16 * t.milia * area, inner), (2, 6), 1.0)
        canvas.cover(KERATIN, 0.7 * cysts)
    if t.scale > 0.1:
        flakes = smoothstep(fractal(rng, 45, 5, 0.75), 0.5, 1.3) * shape.mask
        canvas.cover(KERATIN, np.float32(min(0.75, 0.85 * t.scale)) * flakes)


def _blue(rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape, where: Field) -> None:
    if t.veil > 0.1:
        haze = smoothstep(fractal(rng, shape.radius * 0.8, 4), 0.0, 1.1)
        haze *= smoothstep(shape.depth, 0.05, 0.4) * shape.mask
        canvas.cover(BLUE_GREY, np.float32(min(0.75, 0.8 * t.veil)) * haze)
    if t.nests > 0.1:
        places = scatter(rng, 1 + 9 * t.nests, where)
        nests = blobs(rng, places, (3, 0.13 * shape.radius + 4), 1.0) * shape.mask
        nests *= np.clip(0.75 + 0.3 * fractal(rng, 24, 3, 0.7), 0, 1)
        canvas.cover(STEEL, np.float32(min(0.8, 0.4 + 0.5 * t.nests)) * nests)
    if t.variegated > 0.5:
        blotch = smoothstep(fractal(rng, shape.radius * 0.5, 4), 1.0, 1.6) * where
        canvas.cover(BLACK, 0.75 * blotch * t.melanin)


def _bleed(rng: np.random.Generator, t: Traits, canvas: Canvas, shape: Shape, where: Field) -> None:
    if t.ulcer > 0.15:
        places = scatter(rng, 1 + 2 * t.ulcer, shape.mask * (shape.depth > 0.2))
        sore = blobs(rng, places, (5, 0.2 * shape.radius + 6), 0.5)
        sore *= smoothstep(fractal(rng, 16, 3, 0.7), -1.2, 0.2)
        canvas.cover(CRUST, 0.8 * sore)
    if t.lacunae > 0.15:
        places = scatter(rng, 4 + 26 * t.lacunae, shape.mask * (shape.depth > 0.1))
        lakes = blobs(rng, places, (0.08 * shape.radius, 0.26 * shape.radius), 0.35)
        lakes *= smoothstep(shape.mask, 0.2, 0.6) * (0.8 + 0.2 * noise(rng, 20))
        tint = rng.uniform(0.6, 1.3, 3) * PURPLE
        canvas.cover((tint[0], tint[1], tint[2]), np.float32(min(0.85, t.lacunae)) * lakes)

"""The view of a dermatoscope: angle, light, fluid, ruler, vignette and camera."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from lesion_pipeline.sample.arithmetic import cos_sin, exp, hypot, power, rotate, sigmoid
from lesion_pipeline.sample.noise import HEIGHT, WIDTH

IMAGE_WIDTH: Final = 600
IMAGE_HEIGHT: Final = 450
MARGIN: Final = 120  # mirrored skin around the canvas, for views that reach beyond it
BUBBLY: Final = 0.18
RULED: Final = 0.12
VIGNETTED: Final = 0.35
GLEAMING: Final = 0.30

Picture = NDArray[np.float32]  # (3, IMAGE_HEIGHT, IMAGE_WIDTH), 0 to 1


def frame_mask(rng: np.random.Generator, mask: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Frame a mask of the canvas (HEIGHT, WIDTH), 0 to 1, as `photograph` frames the canvas.

    Returns:
        uint8 (IMAGE_HEIGHT, IMAGE_WIDTH), 0 or 255; the generator must be in the same state.
    """
    (framed,) = _frame(rng, mask[None])
    return np.where(framed >= 0.5, 255, 0).astype(np.uint8)


def photograph(rng: np.random.Generator, rgb: Picture) -> NDArray[np.uint8]:
    """Photograph the canvas (3, HEIGHT, WIDTH): uint8 (IMAGE_HEIGHT, IMAGE_WIDTH, 3)."""
    picture = _frame(rng, rgb)
    _light(rng, picture)
    if rng.random() < GLEAMING:
        _gleam(rng, picture)
    if rng.random() < BUBBLY:
        _bubbles(rng, picture)
    if rng.random() < RULED:
        _ruler(rng, picture)
    if rng.random() < VIGNETTED:
        _vignette(rng, picture)
    return _expose(rng, picture)


def _frame(rng: np.random.Generator, rgb: Picture) -> Picture:
    """Turn, zoom, shift and tilt the canvas into the frame."""
    turn, zoom = float(np.clip(rng.normal(0, 0.16), -0.45, 0.45)), rng.uniform(0.95, 1.25)
    shear, squeeze = rng.normal(0, 0.02, 2)
    cos, sin = (part / zoom for part in cos_sin(turn))
    rows = np.array([[cos, -sin + shear], [sin, cos * (1 + squeeze)]])
    middle = np.array([WIDTH / 2 + MARGIN, HEIGHT / 2 + MARGIN])
    shift = middle + rng.normal(0, 16, 2)
    # Not `rows @ ...`: BLAS adds up in other ways on other processors.
    start = shift - (rows[:, 0] * (IMAGE_WIDTH / 2) + rows[:, 1] * (IMAGE_HEIGHT / 2))
    wide = np.pad(rgb, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)), mode="reflect")
    matrix = (*rows[0], start[0], *rows[1], start[1])
    return np.stack([
        np.asarray(Image.fromarray(channel).transform(
            (IMAGE_WIDTH, IMAGE_HEIGHT), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
        ))
        for channel in wide
    ])  # fmt: skip


def _grid() -> tuple[Picture, Picture]:
    """Return x and y of the image's pixels from its centre, in pixels."""
    y, x = np.mgrid[0:IMAGE_HEIGHT, 0:IMAGE_WIDTH].astype(np.float32)
    return x - IMAGE_WIDTH / 2, y - IMAGE_HEIGHT / 2


def _smooth(rng: np.random.Generator, rows: int, columns: int) -> Picture:
    coarse = Image.fromarray(rng.standard_normal((rows, columns), dtype=np.float32))
    return np.asarray(coarse.resize((IMAGE_WIDTH, IMAGE_HEIGHT), Image.Resampling.BICUBIC))


def _light(rng: np.random.Generator, picture: Picture) -> None:
    """Uneven light, a darker rim and the camera's colour cast."""
    x, y = _grid()
    tilt = rotate(x, y, rng.uniform(0, 2 * np.pi))[0] / IMAGE_WIDTH
    falloff = rng.uniform(0.02, 0.22) * (x * x + y * y) / 375**2
    light = 1 + rng.uniform(0, 0.16) * tilt - falloff + 0.02 * _smooth(rng, 3, 4)
    cast = rng.normal(1, (0.02, 0.015, 0.035)) * rng.uniform(0.88, 1.06)
    picture *= light * cast[:, None, None].astype(np.float32)


def _gleam(rng: np.random.Generator, picture: Picture) -> None:
    """Light that the gel reflects: soft, broken patches."""
    patch = np.clip(_smooth(rng, 5, 6) - rng.uniform(0.9, 1.4), 0, 0.7)
    streak = np.clip(_smooth(rng, 18, 60) * 0.3 + 0.4, 0, 1)
    picture += np.float32(0.30) * patch * streak * (1 - picture)


def _bubbles(rng: np.random.Generator, picture: Picture) -> None:
    """Air in the immersion fluid: a dark rim, a bright crescent, a clearer inside."""
    x, y = _grid()
    home = rng.uniform((-280, -205), (280, 205))
    for _ in range(int(rng.integers(1, 9))):
        cx, cy = (home + rng.normal(0, 60, 2)).tolist()
        radius = rng.gamma(2.0, 4.5) + 4
        dx, dy = (x - cx) / radius, (y - cy) / radius
        away = hypot(dx, dy * rng.uniform(0.9, 1.1))
        rim = exp(-(((away - 1) * radius / 1.8) ** 2))
        lit = np.clip(0.2 - 0.9 * dx - 0.6 * dy, 0, 1)
        picture *= 1 - 0.28 * rim * (1 - lit)
        picture += (0.35 * rim * lit + 0.04 * (away < 1)) * (1 - picture)


def _ruler(rng: np.random.Generator, picture: Picture) -> None:
    """Millimetre marks along one edge."""
    layer = Image.new("L", (IMAGE_WIDTH, IMAGE_HEIGHT))
    pen = ImageDraw.Draw(layer)
    step, offset = rng.uniform(26, 60), rng.uniform(0, 26)
    below = bool(rng.random() < 0.6)
    edge = rng.uniform(4, 26)
    for mark in range(30):
        at, length = offset + mark * step / 2, (26, 12)[mark % 2]
        if below:
            ends = (at, IMAGE_HEIGHT - edge, at, IMAGE_HEIGHT - edge - length)
        else:
            ends = (edge, at, edge + length, at)
        pen.line(ends, fill=255, width=2)
    ink = np.asarray(layer.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32) / 255
    picture += np.float32(0.8) * ink * (np.float32(rng.choice([0.08, 0.12, 0.95])) - picture)


def _vignette(rng: np.random.Generator, picture: Picture) -> None:
    """The dark ring of the instrument, in the corners or all around."""
    x, y = _grid()
    cx, cy = rng.normal(0, 14, 2).tolist()
    inside = np.float32(rng.uniform(285, 365)) - hypot(x - np.float32(cx), y - np.float32(cy))
    clear = sigmoid(inside / np.float32(rng.uniform(1.5, 7)))
    picture *= clear
    picture += np.float32(rng.uniform(0.01, 0.06)) * (1 - clear)


def _expose(rng: np.random.Generator, picture: Picture) -> NDArray[np.uint8]:
    """Blur of the lens, noise of the sensor, 8 bits."""
    sharp = power(np.clip(picture, 0, 1), rng.uniform(0.9, 1.15))
    grain = rng.standard_normal((1, IMAGE_HEIGHT, IMAGE_WIDTH), dtype=np.float32)
    sharp += np.float32(rng.uniform(0.004, 0.016)) * grain
    whole = np.clip(sharp * 255 + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0)
    image = Image.fromarray(np.ascontiguousarray(whole))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.0, 0.9)))))

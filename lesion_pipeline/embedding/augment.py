"""Seeded augmentation: the changes of each image are drawn first, then applied in batches.

Drawing and applying are separate, so that a copy depends on the seed, the image's place in its
split and the number of the copy, and on nothing else: not on batch size, order or threads.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.features.params import AugmentParams
from lesion_pipeline.tf.load import tf

COLUMNS: Final = ("mirror", "flip", "radians", "zoom", "brightness", "contrast")


def draw_plan(images: int, params: AugmentParams, seed: list[int]) -> NDArray[np.float32]:
    """Draw the changes of each image.

    Args:
        images: how many.
        params: ranges, symmetric around no change.
        seed: numbers that together name the draw, such as the seed and the number of the copy.

    Returns:
        float32 of shape (images, 6), the columns COLUMNS: mirror and flip -1 or 1; rotation in
        radians; zoom, brightness and contrast as factors around 1.
    """
    generator = np.random.default_rng(seed)
    uniform = generator.uniform(-1, 1, (images, len(COLUMNS)))
    signs = np.where(uniform[:, :2] < 0, -1, 1) if params.flips else np.ones((images, 2))
    ranges = [params.zoom, params.brightness, params.contrast]
    turns = uniform[:, 2:3] * np.deg2rad(params.rotation_degrees)
    if params.quarter_turns:
        turns += generator.integers(4, size=(images, 1)) * (np.pi / 2)
    return np.hstack([signs, turns, 1 + uniform[:, 3:] * ranges]).astype(np.float32)


def augment(images: Any, plan: Any) -> Any:
    """Apply a plan.

    Args:
        images: uint8 tensor (batch, size, size, 3), 0 to 255.
        plan: float32 tensor (batch, 6) from draw_plan.

    Returns:
        uint8 tensor of the same shape. Where turning uncovers a corner, the image is mirrored
        into it. Contrast stretches around the image's own mean, then brightness scales; values
        are rounded and cut at 0 and 255.
    """
    size = images.shape[1]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=_transforms(plan, size),
        output_shape=[size, size],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )
    brightness, contrast = plan[:, 4, None, None, None], plan[:, 5, None, None, None]
    mean = tf.reduce_mean(moved, axis=(1, 2, 3), keepdims=True)
    lit = (mean + (moved - mean) * contrast) * brightness
    return tf.cast(tf.clip_by_value(tf.round(lit), 0, 255), tf.uint8)


def _transforms(plan: Any, size: int) -> Any:
    """Return eight numbers per image, which map output pixels to input pixels.

    Around the image's centre: input = rotation(radians) @ diag(mirror, flip) / zoom @ output.
    """
    mirror, flip, radians, zoom = (plan[:, column] for column in range(4))
    cos, sin = tf.cos(radians) / zoom, tf.sin(radians) / zoom
    a, b, c, d = cos * mirror, -sin * flip, sin * mirror, cos * flip
    centre = (size - 1) / 2
    shift_x, shift_y = centre - (a + b) * centre, centre - (c + d) * centre
    zero = tf.zeros_like(a)
    return tf.stack([a, b, shift_x, c, d, shift_y, zero, zero], axis=1)

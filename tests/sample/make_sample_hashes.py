"""Print the hashes that the generated sample must have on every x86-64 processor.

After a wanted change of the drawing run
`python -m tests.sample.make_sample_hashes > tests/sample/sample_hashes.json`.
test_generator.py names what differs.
"""

import hashlib
import io
import json

import numpy as np
from PIL import Image

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.sample import arithmetic
from lesion_pipeline.sample.drawing import draw_sample_image
from lesion_pipeline.sample.generator import sample_table

LESION, SEED = "portable", 4  # among their views are gleam, bubbles, ruler, vignette and hair


def hashes() -> dict[str, str]:
    """Give the start of a SHA-256 for each part: table, random numbers, functions, pictures."""
    pictures = {dx: draw_sample_image(LESION, dx, view, SEED) for view, dx in enumerate(DIAGNOSES)}
    return {
        "table": _digest(sample_table(250, 42).to_csv().encode()),
        "random numbers": _digest(*(part.tobytes() for part in random_numbers())),
        **{name: _digest(*(part.tobytes() for part in parts)) for name, parts in functions()},
        **{f"picture of {dx}": _digest(pixels.tobytes()) for dx, pixels in pictures.items()},
        "JPEG": _digest(*(_jpeg(pixels) for pixels in pictures.values())),
    }


def random_numbers() -> list[np.ndarray]:
    """Give many of each kind that the sample draws, so that rare branches are taken too.

    They are rounded: the few in a distribution's tail come from the C library's logarithm, whose
    last bit depends on the library's version. No picture is that sensitive.
    """
    rng = np.random.default_rng(1)
    numbers = [
        rng.standard_normal(100_000, dtype=np.float32),
        rng.normal(0, 1, 100_000),
        rng.gamma(0.8, 9.0, 10_000),
        rng.gamma(1.6, 0.09, 10_000),
        rng.beta(1.0, 3.0, 10_000),
        rng.poisson(0.5, 10_000),
    ]
    return [np.round(part, 5) for part in numbers]


def functions() -> list[tuple[str, list[np.ndarray]]]:
    """Give the results of each function of arithmetic on values made of whole numbers."""
    x, y = (np.arange(100_000) * step % 65_521 / 4096 - 8 for step in (7919, 104_729))
    x32, y32 = x.astype(np.float32), y.astype(np.float32)
    angles = [arithmetic.arctan2(*point) for point in zip(y[:1000], x, strict=False)]
    return [
        ("exp", [arithmetic.exp(x32)]),
        ("sigmoid", [arithmetic.sigmoid(x32)]),
        ("log", [arithmetic.log(x32 + 8)]),
        ("power", [arithmetic.power(np.abs(x32) / 8, 0.9)]),
        ("hypot", [arithmetic.hypot(x32, y32)]),
        ("rotate", list(arithmetic.rotate(x32, y32, 1.0))),
        ("cos_sin", list(arithmetic.cos_sin(x))),
        ("arctan2", [np.array(angles)]),
        ("harmonics", [part for pair in arithmetic.harmonics(x32, y32, 8) for part in pair]),
    ]


def _jpeg(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90, subsampling=0)
    return file.getvalue()


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


if __name__ == "__main__":
    print(json.dumps(hashes(), indent=2))

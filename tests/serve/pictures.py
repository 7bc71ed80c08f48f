"""Pictures of noise, and tables of predictions."""

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image


def draw(path: Path, seed: int) -> Path:
    """Draw a picture and return its path."""
    pixels = np.random.default_rng(seed).integers(0, 256, (45, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def draw_three(folder: Path) -> Path:
    """Draw 0.jpg, 1.jpg and 2.jpg into a new folder and return it."""
    folder.mkdir()
    for number in range(3):
        draw(folder / f"{number}.jpg", number)
    return folder


def rows(text: str) -> list[dict[str, str]]:
    """Read CSV."""
    return list(csv.DictReader(io.StringIO(text)))

"""A small collection for any test that needs one."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lesion_pipeline.labels import DIAGNOSES

NOISE_SIZE = (60, 45)  # pixels; the shape of HAM10000's 600 x 450


@pytest.fixture
def metadata() -> pd.DataFrame:
    """Four lesions of each diagnosis, with one image or two: 42 rows as HAM10000 has them."""
    rows = [
        {
            "lesion_id": f"L_{dx}_{lesion}",
            "image_id": f"I_{dx}_{lesion}_{image}",
            "dx": dx,
            "dx_type": "histo",
            "age": 5.0 * (4 + lesion),
            "sex": ("female", "male")[lesion % 2],
            "localization": ("back", "face")[image],
        }
        for dx in DIAGNOSES
        for lesion in range(4)
        for image in range(1 + lesion % 2)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def write_noise() -> Callable[[Path, int], None]:
    """Give a function that writes a JPEG of noise: write_noise(file, seed)."""

    def write(file: Path, seed: int) -> None:
        width, height = NOISE_SIZE
        pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file, "JPEG", quality=90)

    return write


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB on which everyone may write; skips where mounting one is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no permission to mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)

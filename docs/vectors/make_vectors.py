"""Make vectors of images for `embed.vectors`: one .npz file for each way to describe an image.

python docs/vectors/make_vectors.py data/raw/images vectors
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

folder, target = map(Path, sys.argv[1:])
files = sorted(folder.glob("*.jpg"))
ids = np.array([file.stem for file in files])


def pixels(file: Path, size: int) -> np.ndarray:
    """Read an image, made small: (size, size, 3), 0 to 1."""
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB").resize((size, size))) / 255


def colours(file: Path) -> np.ndarray:
    """Count the pixels by brightness, for each colour."""
    channels = pixels(file, 64).reshape(-1, 3).T
    return np.concatenate([np.histogram(c, bins=32, range=(0, 1))[0] for c in channels]) / 4096


def thumbnail(file: Path) -> np.ndarray:
    """Return the image at 8 x 8 pixels."""
    return pixels(file, 8).ravel()


target.mkdir(exist_ok=True)
for name, describe in {"colours": colours, "thumbnail": thumbnail}.items():
    vectors = np.stack([describe(file) for file in files]).astype(np.float32)
    np.savez(target / f"{name}.npz", image_id=ids, vectors=vectors)
    print(f"{target / name}.npz: {vectors.shape[0]} images, {vectors.shape[1]} numbers each")

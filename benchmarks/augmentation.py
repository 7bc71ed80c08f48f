"""Draw a contact sheet of the augmentation that training uses.

    python benchmarks/augmentation.py
    python benchmarks/augmentation.py --images 2 --output sheet.png

Reads the images of the last `dvc repro` and the ranges of params.yaml, and writes
docs/augmentation.png: each operation alone at its limits, then all together as drawn for training.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from lesion_pipeline import paths
from lesion_pipeline.core.files import write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.embedding.augment import COLUMNS, augment, draw_plan
from lesion_pipeline.features.params import AugmentParams, EmbedParams
from lesion_pipeline.records.tfrecords import Records

DRAWN = 4  # columns with all operations together
UNCHANGED = {"mirror": 1.0, "flip": 1.0, "radians": 0.0, "zoom": 1.0, "brightness": 1.0,
             "contrast": 1.0}  # fmt: skip


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=6, help="half of them malignant")
    parser.add_argument("--output", type=Path, default=Path("docs/augmentation.png"))
    parsed = parser.parse_args()
    ranges = load_params("embed", EmbedParams).augment
    images = _images(Records(paths.RECORDS), parsed.images // 2)
    plans = _plans(ranges, len(images))
    figure = Figure(figsize=(1.1 * len(plans), 1.2 * len(images)), dpi=80, layout="constrained")
    grid = figure.subplots(len(images), len(plans), squeeze=False)
    for column, (name, plan) in enumerate(plans.items()):
        for axes, image in zip(grid[:, column], augment(images, plan).numpy(), strict=True):
            axes.imshow(image)
            axes.set_axis_off()
        grid[0, column].set_title(name, fontsize=8)
    write_figures(parsed.output.parent, {parsed.output.stem: figure})


def _images(records: Records, count: int) -> np.ndarray:
    """Read the first benign and malignant training images, `count` of each."""
    labels = records.labels("train")
    rows = {*np.flatnonzero(labels == 0)[:count], *np.flatnonzero(labels == 1)[:count]}
    numbered = enumerate(records.images("train").as_numpy_iterator())
    return np.stack([image for row, image in numbered if row in rows])


def _plans(ranges: AugmentParams, images: int) -> dict[str, np.ndarray]:
    """Return the plan of each column of the sheet by its title."""
    alone = {"plain": {}, "mirror": {"mirror": -1.0}, "quarter turn": {"radians": np.pi / 2}}
    for name in ("zoom", "brightness", "contrast"):
        limit = getattr(ranges, name)
        for factor in (1 - limit, 1 + limit):
            alone[f"{name} {factor:.2f}"] = {name: factor}
    plans = {}
    for name, changes in alone.items():
        row = [(UNCHANGED | changes)[column] for column in COLUMNS]
        plans[name] = np.tile(np.array(row, np.float32), (images, 1))
    return plans | {f"drawn {n}": draw_plan(images, ranges, [0, n]) for n in range(1, DRAWN + 1)}


if __name__ == "__main__":
    main()

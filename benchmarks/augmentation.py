"""Draw a contact sheet of what training does to images.

    python benchmarks/augmentation.py

Reads the images of the last `dvc repro` and the ranges of params.yaml, and writes
docs/augmentation.png: each operation alone at its limits, then everything as training draws it.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from lesion_pipeline import paths
from lesion_pipeline.core.files import write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.embedding.augment import COLUMNS, augment, draw_plan
from lesion_pipeline.embedding.embed import EmbedParams
from lesion_pipeline.records.tfrecords import Records

IMAGES, DRAWN = 6, 4
NOTHING = {"mirror": 1.0, "flip": 1.0, "radians": 0.0, "zoom": 1.0, "brightness": 1.0,
           "contrast": 1.0}  # fmt: skip


def main() -> None:
    """Draw the sheet."""
    ranges, records = load_params("embed", EmbedParams).augment, Records(paths.RECORDS)
    labels = records.labels("train")
    rows = [
        *np.flatnonzero(labels == 0)[: IMAGES // 2],
        *np.flatnonzero(labels == 1)[: IMAGES // 2],
    ]
    numbered = enumerate(records.images("train").as_numpy_iterator())
    images = np.stack([image for row, image in numbered if row in rows])
    alone = {
        "plain": {},
        "mirror": {"mirror": -1.0},
        "quarter turn": {"radians": np.pi / 2},
        f"zoom {1 - ranges.zoom:.2f}": {"zoom": 1 - ranges.zoom},
        f"zoom {1 + ranges.zoom:.2f}": {"zoom": 1 + ranges.zoom},
        f"brightness {1 - ranges.brightness:.2f}": {"brightness": 1 - ranges.brightness},
        f"brightness {1 + ranges.brightness:.2f}": {"brightness": 1 + ranges.brightness},
        f"contrast {1 - ranges.contrast:.2f}": {"contrast": 1 - ranges.contrast},
        f"contrast {1 + ranges.contrast:.2f}": {"contrast": 1 + ranges.contrast},
    }
    plans = {name: _plan(changes) for name, changes in alone.items()}
    plans |= {f"drawn {n}": draw_plan(len(images), ranges, [0, n]) for n in range(1, DRAWN + 1)}
    figure = Figure(figsize=(1.1 * len(plans), 1.2 * len(images)), dpi=80, layout="constrained")
    grid = figure.subplots(len(images), len(plans), squeeze=False)
    for column, (name, plan) in enumerate(plans.items()):
        for axes, image in zip(grid[:, column], augment(images, plan).numpy(), strict=True):
            axes.imshow(image)
            axes.set_axis_off()
        grid[0, column].set_title(name, fontsize=8)
    write_figures(Path("docs"), {"augmentation": figure})


def _plan(changes: dict[str, float]) -> np.ndarray:
    row = [(NOTHING | changes)[name] for name in COLUMNS]
    return np.tile(np.array(row, np.float32), (IMAGES, 1))


if __name__ == "__main__":
    main()

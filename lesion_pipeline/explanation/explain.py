"""Where a network looks: maps of hits and misses, and how much of them lies inside the lesion."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lesion_pipeline.core.labels import CLASSES, LABEL, PROBABILITY, decide
from lesion_pipeline.explanation.maps import BATCH, Explainer, Maps
from lesion_pipeline.explanation.panel import ExplainedImage, panel
from lesion_pipeline.explanation.results import LesionFocus
from lesion_pipeline.images import Resize, image_files, read_image, read_pixels
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.records.tfrecords import Records

# name of the case: (true label, decision, whether the highest probability is the clearest case)
CASES: Final = {
    "true_positive": (1, 1, True),
    "false_negative": (1, 0, False),
    "false_positive": (0, 1, True),
    "true_negative": (0, 0, False),
}
COLUMNS: Final = ["image_id", "lesion_id", "dx", PROBABILITY]
INSIDE: Final = 128  # of 255: from this value on a pixel of a mask is lesion


@dataclass(frozen=True)
class ShownImages:
    """Where the images are, and how they became those that the network sees.

    Attributes:
        folder: with <image_id>.<suffix>.
        resize: how they were brought to a square.
        drawn: whether pictures of them are drawn; see gallery.rules.
    """

    folder: Path
    resize: Resize
    drawn: bool


@dataclass(frozen=True)
class Examples:
    """The clearest images, each of another lesion, of each case of the confusion matrix.

    Attributes:
        test: the predictions of test: image_id, lesion_id, dx, label, probability.
        threshold: the operating point.
        rows: of `test`, by case; a case that doesn't occur has none.
    """

    test: pd.DataFrame
    threshold: float
    rows: dict[str, list[int]]

    @classmethod
    def choose(cls, test: pd.DataFrame, threshold: float, count: int) -> Self:
        """Choose at most `count` images of each case."""
        rows = {name: _clearest(test, threshold, name, count) for name in CASES}
        return cls(test, threshold, rows)

    def table(self) -> pd.DataFrame:
        """List them: columns case, image_id, lesion_id, dx, probability."""
        parts = [self.of(name)[COLUMNS].assign(case=name) for name in CASES]
        return pd.concat(parts, ignore_index=True)[["case", *COLUMNS]]

    def of(self, case: str) -> pd.DataFrame:
        """Return the predictions of a case's examples."""
        return self.test.loc[self.rows[case]]


def explain(
    explainer: Explainer, records: Records, examples: Examples, shown: ShownImages
) -> dict[str, Figure]:
    """Draw examples of each case of the confusion matrix.

    Args:
        explainer: of the network.
        records: the images, those of test in the order of `examples.test`.
        examples: the images to draw.
        shown: the same images at their own resolution.

    Returns:
        A figure for each case, with one row per example, or words if it has none; no figures if
        images aren't drawn.
    """
    if not shown.drawn:
        return {}
    images = _images(records, "test", {row for rows in examples.rows.values() for row in rows})
    return {
        name: panel(
            _title(name, len(rows), examples.threshold),
            list(_explained(explainer, examples.of(name), [images[row] for row in rows], shown)),
            shown.resize,
        )
        for name, rows in examples.rows.items()
    }


def _title(case: str, count: int, threshold: float) -> str:
    truth, decision, highest = CASES[case]
    name, called = case.replace("_", " "), f"called {CLASSES[decision]} (threshold {threshold:.3g})"
    if not count:
        return f"No {name} on test: no {CLASSES[truth]} image is {called}"
    end = "highest" if highest else "lowest"
    return f"{name}: {CLASSES[truth]}, {called}, the {end} probabilities on test"


def _explained(
    explainer: Explainer, rows: pd.DataFrame, images: list[NDArray[np.uint8]], shown: ShownImages
) -> Iterator[ExplainedImage]:
    if not images:
        return
    files, maps = image_files(shown.folder), explainer.explain(np.stack(images))
    for row, evidence, saliency in zip(
        rows.to_dict("records"), maps.evidence, maps.saliency, strict=True
    ):
        yield ExplainedImage(
            pixels=read_pixels(files[row["image_id"]]),
            evidence=evidence,
            saliency=saliency,
            title=f"{row['image_id']} ({row['dx']}), p = {row[PROBABILITY]:.3g}",
        )


def lesion_focus(
    explainer: Explainer, records: Records, masks: Path, resize: Resize
) -> LesionFocus:
    """Compute how much of the evidence lies on the lesion, for the images of val with a mask.

    Args:
        explainer: of the network.
        records: the images.
        masks: folder with <image_id>.png, white where the lesion is; it may be missing.
        resize: how images were brought to a square.
    """
    ids = records.index("val")["image_id"]
    files = image_files(masks) if masks.is_dir() else {}
    rows = [row for row, image_id in enumerate(ids) if image_id in files]
    if not rows:
        return LesionFocus(images=0, evidence_inside=None, lesion_area=None)
    images = _images(records, "val", set(rows))
    inside, areas = [], []
    for start in progress(range(0, len(rows), BATCH), -(-len(rows) // BATCH), "explain", "batch"):
        batch = rows[start : start + BATCH]
        maps = explainer.evidence(np.stack([images[row] for row in batch]))
        drawn = [read_image(files[ids.iloc[row]], maps.shape[1], resize) for row in batch]
        lesions = np.stack([mask[..., 0] >= INSIDE for mask in drawn])
        inside += fractions_inside(maps, lesions)
        areas += lesions.mean(axis=(1, 2)).tolist()
    return LesionFocus(
        images=len(rows),
        evidence_inside=float(np.mean(inside)),
        lesion_area=float(np.mean(areas)),
    )


def fractions_inside(maps: Maps, lesions: NDArray[np.bool_]) -> list[float]:
    """Return the fraction of each map (images, size, size) inside; 0 of a map that is all 0."""
    totals = maps.sum(axis=(1, 2), dtype=np.float64)
    inside = (maps * lesions).sum(axis=(1, 2), dtype=np.float64)
    return [
        float(part / total) if total else 0.0 for part, total in zip(inside, totals, strict=True)
    ]


def _clearest(test: pd.DataFrame, threshold: float, case: str, count: int) -> list[int]:
    truth, decision, highest = CASES[case]
    chosen = (test[LABEL] == truth) & (decide(test[PROBABILITY], threshold) == decision)
    ranked = test[chosen].sort_values([PROBABILITY, "image_id"], ascending=[not highest, True])
    return [int(row) for row in ranked.drop_duplicates("lesion_id").index[:count]]


def _images(records: Records, split: str, rows: set[int]) -> dict[int, NDArray[np.uint8]]:
    """Read the images of a split in these rows, in one pass that keeps no others."""
    numbered = enumerate(records.images(split).as_numpy_iterator())
    return {row: image for row, image in numbered if row in rows}

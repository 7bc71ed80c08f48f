"""Predictions and truth as tables that someone else wrote."""

from pathlib import Path

import numpy as np
import pandas as pd


def made_up(lesions: int = 40) -> pd.DataFrame:
    """Return made-up predictions: two images of each lesion, two lesions of each patient."""
    random = np.random.default_rng(0)
    number = np.arange(2 * lesions)
    label = (number // 2 % 3 == 0).astype(int)
    score = 1 / (1 + np.exp(-(1.5 * label - 1 + random.normal(size=len(number)))))
    return pd.DataFrame(
        {
            "image_id": [f"I{n}" for n in number],
            "lesion_id": [f"L{n // 2}" for n in number],
            "patient": [f"P{n // 4}" for n in number],
            "dx": np.where(label == 1, "mel", "nv"),
            "label": label,
            "probability": score.round(6),
        }
    )


def write(folder: Path, predictions: str, truth: str) -> tuple[Path, Path]:
    """Write two tables, and return their files."""
    files = folder / "p.csv", folder / "t.csv"
    for file, text in zip(files, (predictions, truth), strict=True):
        file.write_text(text)
    return files

"""Time the stages that score, on generated predictions of the size of HAM10000's val and test.

    python benchmarks/evaluate.py

Each stage runs as `dvc repro` runs it, in a process of its own, imports included, in a temporary
folder with the committed params.yaml.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lesion_pipeline import paths
from lesion_pipeline.core.files import write_csv, write_json
from lesion_pipeline.core.labels import (
    DIAGNOSES,
    LABEL,
    MALIGNANT,
    PROBABILITY,
    is_malignant,
    malignancy,
)

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("evaluate", "tune_threshold", "summary")
IMAGES = {"train": 7010, "val": 1500, "test": 1505}
IMAGES_PER_LESION = 1.34
FREQUENCIES = {
    "akiec": 0.033, "bcc": 0.051, "bkl": 0.110, "df": 0.011, "mel": 0.111, "nv": 0.670,
    "vasc": 0.014,
}  # fmt: skip
EVIDENCE = 2.5  # what the true diagnosis's logit has more than the others
SITES = ("back", "face", "lower extremity", "trunk", "upper extremity")


def collection(generator: np.random.Generator) -> pd.DataFrame:
    """Draw a table as the stage split leaves it."""
    images = sum(IMAGES.values())
    split = np.repeat(list(IMAGES), list(IMAGES.values()))
    lesion = (np.arange(images) / IMAGES_PER_LESION).astype(int)
    names = [f"{side}_{number}" for side, number in zip(split, lesion, strict=True)]
    diagnoses = generator.choice(list(FREQUENCIES), images, p=list(FREQUENCIES.values()))
    return pd.DataFrame(
        {
            "lesion_id": names,
            "image_id": [f"image_{number}" for number in range(images)],
            "dx": pd.Series(diagnoses).groupby(names).transform("first"),
            "dx_type": generator.choice(["histo", "follow_up", "consensus"], images),
            "age": 5.0 * generator.integers(1, 17, images),
            "sex": generator.choice(["female", "male"], images),
            "localization": generator.choice(SITES, images),
            "split": split,
        }
    ).assign(**{LABEL: lambda table: is_malignant(table["dx"], MALIGNANT)})


def predicted(table: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Draw predictions as the stage predict leaves them."""
    names = np.array(list(DIAGNOSES))
    logits = generator.normal(size=(len(table), len(names)))
    logits += EVIDENCE * (table["dx"].to_numpy()[:, None] == names)
    said = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predictions = table[["image_id", "lesion_id", "dx", LABEL]].reset_index(drop=True)
    predictions[PROBABILITY] = malignancy(said, MALIGNANT)
    return predictions.join(pd.DataFrame(said, columns=names))


def main() -> None:
    """Write what the stages read, run them, print the seconds."""
    generator = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = collection(generator)
        write_csv(folder / paths.SPLIT, table)
        for split in ("val", "test"):
            part = predicted(table[table["split"] == split], generator)
            write_csv(folder / paths.PREDICTIONS / f"{split}.csv", part)
        epochs = {"epoch": [1, 2], "loss": 0.5, "val_roc_auc": 0.9, "val_pr_auc": 0.7}
        write_csv(folder / paths.PLOTS / "train/history.csv", pd.DataFrame(epochs))
        write_json(folder / paths.METRICS / "train.json", {"best": {"epoch": 2}})
        write_json(folder / paths.METRICS / "fetch.json", {"generated": False})
        shutil.copy(ROOT / "params.yaml", folder)
        begin = time.perf_counter()
        for stage in STAGES:
            start = time.perf_counter()
            command = [sys.executable, "-m", f"stages.{stage}"]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            subprocess.run(
                command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
            )
            print(f"{stage}: {time.perf_counter() - start:.1f} s")
        print(f"all: {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()

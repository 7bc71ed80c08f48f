"""Time the stages that score and draw, on generated predictions of the size of HAM10000's.

    python benchmarks/evaluate.py
    python benchmarks/evaluate.py --images 60       # in val and in test

Each stage runs as `dvc repro` runs it, in a process of its own, imports included, in a temporary
folder with the committed params.yaml.
"""

import argparse
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
from lesion_pipeline.core.files import write_csv
from lesion_pipeline.core.labels import (
    DIAGNOSES,
    LABEL,
    MALIGNANT,
    PROBABILITY,
    is_malignant,
    malignancy,
)
from lesion_pipeline.inference.manifest import PREDICTION_MANIFEST, PredictionManifest
from lesion_pipeline.networks.manifest import BestEpoch, NetworkManifest, WeightSource
from lesion_pipeline.records.index import RECORD_MANIFEST
from lesion_pipeline.records.manifest import RecordManifest
from lesion_pipeline.sources.collection import LOCAL, Collection

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("evaluate", "tune_threshold", "summary", "validate", "draw")
IMAGES_PER_LESION = 1.34
FREQUENCIES = {
    "akiec": 0.033, "bcc": 0.051, "bkl": 0.110, "df": 0.011, "mel": 0.111, "nv": 0.670,
    "vasc": 0.014,
}  # fmt: skip
EVIDENCE = 2.5  # by how much the logit of the true diagnosis exceeds the others
SITES = ("back", "face", "lower extremity", "trunk", "upper extremity")


def collection(images: int, generator: np.random.Generator) -> pd.DataFrame:
    """Draw a table like that of the stage split, with `images` rows each for val and test."""
    counts = {"train": 14 * images // 3, "val": images, "test": images}
    split = np.repeat(list(counts), list(counts.values()))
    lesion = (np.arange(len(split)) / IMAGES_PER_LESION).astype(int)
    names = [f"{side}_{number}" for side, number in zip(split, lesion, strict=True)]
    diagnoses = generator.choice(list(FREQUENCIES), len(split), p=list(FREQUENCIES.values()))
    return pd.DataFrame(
        {
            "lesion_id": names,
            "image_id": [f"image_{number}" for number in range(len(split))],
            "dx": pd.Series(diagnoses).groupby(names).transform("first"),
            "dx_type": generator.choice(["histo", "follow_up", "consensus"], len(split)),
            "age": 5.0 * generator.integers(1, 17, len(split)),
            "sex": generator.choice(["female", "male"], len(split)),
            "localization": generator.choice(SITES, len(split)),
            "split": split,
        }
    ).assign(**{LABEL: lambda table: is_malignant(table["dx"], MALIGNANT)})


def predictions(table: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Draw predictions like those of the stage predict."""
    names = np.array(list(DIAGNOSES))
    logits = generator.normal(size=(len(table), len(names)))
    logits += EVIDENCE * (table["dx"].to_numpy()[:, None] == names)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rows = table[["image_id", "lesion_id", "dx", LABEL]].reset_index(drop=True)
    rows[PROBABILITY] = malignancy(probabilities, MALIGNANT)
    return rows.join(pd.DataFrame(probabilities, columns=names))


def write_inputs(folder: Path, images: int) -> None:
    """Write what the stages read."""
    generator = np.random.default_rng(1)
    table = collection(images, generator)
    write_csv(folder / paths.SPLIT, table)
    for split in ("val", "test"):
        rows = predictions(table[table["split"] == split], generator)
        write_csv(folder / paths.PREDICTIONS / f"{split}.csv", rows)
    lesions = int(table["lesion_id"].nunique())
    Collection(
        source="local", generated=False, malignant=tuple(MALIGNANT), images=len(table),
        lesions=lesions, attribution=LOCAL,
    ).write(folder / paths.COLLECTION)  # fmt: skip
    epochs = {"epoch": [1, 2], "phase": "head", "loss": 0.5}
    epochs |= {"val_roc_auc": 0.9, "val_pr_auc": 0.7, "val_log_loss": 0.3}
    write_csv(folder / paths.HISTORY, pd.DataFrame(epochs))
    NetworkManifest(
        arch="simple_cnn",
        weights=WeightSource(requested="random", origin="random", source="seed 42"),
        kernels="portable", image_size=224, stages=("last",), frozen=False, parameters=1,
        target="diagnosis",
        outputs=tuple(DIAGNOSES), malignant=tuple(MALIGNANT), cut="top", features="last",
        total_parameters=2, trainable_parameters={"head": 1}, class_weights={}, epochs=2,
        label_smoothing=0.1,
        best=BestEpoch(epoch=2, phase="head", val_roc_auc=0.9, val_pr_auc=0.7),
    ).write(folder / paths.MODEL / "manifest.json")  # fmt: skip
    manifest = PredictionManifest(tta=1, lesions="mean", unreadable={})
    manifest.write(folder / paths.PREDICTIONS / PREDICTION_MANIFEST)
    none = pd.DataFrame({"collection": [], "image_id": []})
    write_csv(folder / paths.EXTERNAL_DUPLICATES, none)
    RecordManifest(
        image_size=224, resize="squash", malignant=tuple(MALIGNANT), splits={}, bad=()
    ).write(folder / paths.RECORDS / RECORD_MANIFEST)
    (folder / paths.IMAGES).mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", folder)


def run_stage(name: str, folder: Path) -> float:
    """Run a stage in `folder`; return the seconds that it took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", f"stages.{name}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Write what the stages read, run them, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1500, help="in val and in test")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write_inputs(Path(name), parsed.images)
        seconds = {stage: run_stage(stage, Path(name)) for stage in STAGES}
    for stage, taken in (seconds | {"all": sum(seconds.values())}).items():
        print(f"{stage}: {taken:.1f} s")


if __name__ == "__main__":
    main()

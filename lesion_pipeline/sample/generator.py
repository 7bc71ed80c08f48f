"""The generated sample: a small collection laid out as HAM10000, without medical meaning.

With it the pipeline runs without a download. What is measured on it doesn't hold for patients.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from PIL import Image

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import whole_file, write_csv
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.loops.parallel import in_processes
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.sample.drawing import draw_sample_image, draw_sample_mask
from lesion_pipeline.tables.params import COLUMNS

# Shares of HAM10000's lesions and its mean number of images a lesion, by diagnosis.
SHARES: Final = {
    "akiec": 0.031, "bcc": 0.044, "bkl": 0.097, "df": 0.010,
    "mel": 0.082, "nv": 0.723, "vasc": 0.013,
}  # fmt: skip
IMAGES_A_LESION: Final = {
    "akiec": 1.43, "bcc": 1.57, "bkl": 1.51, "df": 1.58, "mel": 1.81, "nv": 1.24, "vasc": 1.45,
}  # fmt: skip
FEWEST_LESIONS: Final = 2  # of a diagnosis
MOST_IMAGES: Final = 4  # of a lesion
AGES: Final = {"nv": (44, 15), "vasc": (52, 20), "df": (52, 14)}  # mean, deviation; years
OLDER: Final = (63, 14)  # akiec, bcc, bkl, mel
MISSING_AGE: Final = 0.01
BENIGN_HISTO: Final = 0.42
SITES: Final = {
    "back": 0.22, "lower extremity": 0.21, "trunk": 0.14, "upper extremity": 0.11,
    "abdomen": 0.10, "face": 0.08, "chest": 0.04, "foot": 0.03, "unknown": 0.023, "neck": 0.017,
    "scalp": 0.01, "hand": 0.01, "ear": 0.005, "genital": 0.004, "acral": 0.001,
}  # fmt: skip
IMAGES: Final = "images"
_END_OF_JPEG: Final = b"\xff\xd9"
SEXES: Final = {"male": 0.54, "female": 0.45, "unknown": 0.01}


def sample_table(lesions: int, seed: int) -> pd.DataFrame:
    """Make up the metadata of a collection.

    Args:
        lesions: how many, at least two of each diagnosis.
        seed: of everything that is drawn.

    Returns:
        A row an image, shuffled, with the columns of HAM10000: strings, and age as float64 in
        steps of five years (missing: NaN). Ids begin with SAMPLE.

    Raises:
        DataError: fewer lesions than two of each diagnosis.
    """
    generator = np.random.default_rng([seed, lesions])
    rows = [
        row
        for number, dx in enumerate(generator.permutation(_diagnoses(lesions)), start=1)
        for row in _lesion_rows(generator, f"SAMPLE_{number:07d}", str(dx))
    ]
    table = pd.DataFrame(rows).iloc[generator.permutation(len(rows))].reset_index(drop=True)
    table["image_id"] = [f"SAMPLE_IMG_{number:07d}" for number in range(1, len(table) + 1)]
    missing = generator.random(len(table)) < MISSING_AGE
    missing[generator.integers(len(table))] = True  # even a small collection has one
    table.loc[missing, "age"] = np.nan
    return table


@dataclass(frozen=True)
class SampleFolders:
    """Existing folders for the collection, and for masks: <image_id>.png, white inside the lesion.

    They are apart, because a folder of a collection has no images but its own.
    """

    collection: Path
    masks: Path


def write_sample(
    folders: SampleFolders, lesions: int, seed: int, jpeg_quality: int, processes: int
) -> None:
    """Draw the collection: metadata.csv, images/<image_id>.jpg and the masks.

    Images that are there already are taken for those of an interrupted run with the same arguments
    and not drawn again. No byte depends on the processor (x86-64) or on the number of processes.
    """
    table = sample_table(lesions, seed)
    (folders.collection / IMAGES).mkdir(exist_ok=True)
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    left = [row for row in rows if not _is_whole(_file(folders, row))]
    if len(left) < len(table):
        print(f"{len(table) - len(left)} images of an interrupted run are kept", file=sys.stderr)
    done = in_processes(partial(_write_image, folders, seed, jpeg_quality), left, processes)
    for _ in progress(done, len(left), "draw"):
        pass
    write_csv(folders.collection / "metadata.csv", table[list(COLUMNS)])


def _file(folders: SampleFolders, row: dict[str, Any]) -> Path:
    return folders.collection / IMAGES / f"{row['image_id']}.jpg"


def _is_whole(file: Path) -> bool:
    """Tell whether a file is there and ends as a JPEG does; after a power cut it may be empty."""
    return file.is_file() and file.read_bytes().endswith(_END_OF_JPEG)


def _write_image(folders: SampleFolders, seed: int, quality: int, row: dict[str, Any]) -> None:
    arguments = (row["lesion_id"], row["dx"], int(row["view"]), seed)
    mask, pixels = draw_sample_mask(*arguments), draw_sample_image(*arguments)
    with whole_file(folders.masks / f"{row['image_id']}.png") as partial_file:
        Image.fromarray(mask).convert("RGB").save(partial_file, "PNG")
    with whole_file(_file(folders, row)) as partial_file:  # last: it tells that both are there
        Image.fromarray(pixels).save(partial_file, "JPEG", quality=quality, subsampling=0)


def _diagnoses(lesions: int) -> list[str]:
    """Share the lesions out by diagnosis; what rounding leaves goes to nv."""
    if lesions < FEWEST_LESIONS * len(DIAGNOSES):
        raise DataError(
            f"fetch.sample.lesions: expected at least {FEWEST_LESIONS * len(DIAGNOSES)}, "
            f"received {lesions}"
        )
    counts = {dx: max(FEWEST_LESIONS, round(SHARES[dx] * lesions)) for dx in DIAGNOSES}
    counts["nv"] += lesions - sum(counts.values())
    return [dx for dx, count in counts.items() for _ in range(count)]


def _lesion_rows(
    generator: np.random.Generator, lesion_id: str, dx: str
) -> Iterator[dict[str, Any]]:
    extra = generator.poisson(IMAGES_A_LESION[dx] - 1)
    mean, deviation = AGES.get(dx, OLDER)
    age = float(np.clip(5 * round(generator.normal(mean, deviation) / 5), 0, 85))
    histo = dx in MALIGNANT or generator.random() < BENIGN_HISTO
    facts = {
        "lesion_id": lesion_id,
        "dx": dx,
        "dx_type": "histo" if histo else _pick(generator, _other_types(dx)),
        "age": age,
        "sex": _pick(generator, SEXES),
        "localization": _pick(generator, SITES),
    }
    for view in range(1 + min(int(extra), MOST_IMAGES - 1)):
        yield {**facts, "view": view}


def _other_types(dx: str) -> dict[str, float]:
    if dx == "nv":
        return {"follow_up": 0.9, "consensus": 0.1}
    return {"consensus": 0.9, "confocal": 0.1}


def _pick(generator: np.random.Generator, shares: dict[str, float]) -> str:
    weights = np.array(list(shares.values()))
    return str(generator.choice(list(shares), p=weights / weights.sum()))

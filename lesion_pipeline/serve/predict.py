"""Use a bundle on image files."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.data.images import SUFFIXES, read_image
from lesion_pipeline.errors import DataError
from lesion_pipeline.labels import CLASSES, decide, malignancy
from lesion_pipeline.model.bundle import Bundle, BundleManifest, ImageContract
from lesion_pipeline.parallel import in_order
from lesion_pipeline.progress import progress

BATCH: Final = 32
COLUMNS: Final = (
    "image", "probability_malignant", "probability_calibrated", "predicted_label",
    "predicted_class", "threshold",
)  # fmt: skip
ERROR: Final = "error"

Decoded = NDArray[np.uint8] | str  # an image, or why it could not be read
Said = NDArray[np.float32]  # (outputs,)


def find_images(folder: Path) -> list[Path]:
    """List the images of a folder (JPEG, PNG), by name.

    Raises:
        DataError: no such folder, or no image in it.
    """
    if not folder.is_dir():
        raise DataError(f"no such folder: {folder}")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise DataError(f"{folder}: no images ({', '.join(SUFFIXES)})")
    return files


def predict_files(bundle: Bundle, files: list[Path], workers: int) -> pd.DataFrame:
    """Predict image files with the decoder that training used.

    Args:
        bundle: the network, its image contract and its threshold.
        files: JPEG or PNG files.
        workers: threads that decode beside the network.

    Returns:
        A row a file in the order given, COLUMNS: probability 0 to 1, the same after the bundle's
        calibrator, label 0 or 1 and class (of the probability as the network gives it), the
        threshold; if the network says diagnoses, the most probable one and the probability of
        each; or an error and the other columns empty.
    """
    steps = progress(files, len(files), "predict")
    decode = partial(_decode, bundle.manifest.image)
    decoded = in_order(decode, steps, workers, ahead=BATCH)  # while the network is busy
    values = [value for batch in _batched(decoded) for value in _predict(bundle, batch)]
    rows = [_row(file, v, bundle.manifest) for file, v in zip(files, values, strict=True)]
    return pd.DataFrame(rows, columns=columns(bundle)).astype({"predicted_label": "Int64"})


def columns(bundle: Bundle) -> list[str]:
    """Name the columns of predictions by this bundle."""
    names = bundle.manifest.outputs
    diagnoses = ["diagnosis", *(f"probability_{dx}" for dx in names)] if len(names) > 1 else []
    return [*COLUMNS, *diagnoses, ERROR]


def _decode(contract: ImageContract, file: Path) -> Decoded:
    try:
        return read_image(file, contract.size, contract.resize)
    except DataError as error:
        return str(error)


def _batched(items: Iterator[Decoded]) -> Iterator[list[Decoded]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _predict(bundle: Bundle, batch: list[Decoded]) -> list[Said | str]:
    images = [item for item in batch if not isinstance(item, str)]
    found = iter(bundle.predict(np.stack(images)) if images else ())
    return [item if isinstance(item, str) else next(found) for item in batch]


def _row(file: Path, said: Said | str, manifest: BundleManifest) -> dict[str, object]:
    if isinstance(said, str):
        return {"image": str(file), ERROR: said}
    probability = float(malignancy(said[None])[0])
    label = int(decide(probability, manifest.threshold))
    calibrated = float(manifest.calibrator.apply(probability))
    values = (str(file), probability, calibrated, label, CLASSES[label], manifest.threshold)
    row: dict[str, object] = dict(zip(COLUMNS, values, strict=True))
    if len(said) > 1:
        row["diagnosis"] = manifest.outputs[int(said.argmax())]
        names = (f"probability_{dx}" for dx in manifest.outputs)
        row |= dict(zip(names, map(float, said), strict=True))
    return row

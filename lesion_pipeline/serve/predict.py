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
from lesion_pipeline.labels import CLASSES, decide
from lesion_pipeline.model.bundle import Bundle, ImageContract
from lesion_pipeline.parallel import in_order
from lesion_pipeline.progress import progress

BATCH: Final = 32
COLUMNS: Final = (
    "image", "probability_malignant", "predicted_label", "predicted_class", "threshold", "error",
)  # fmt: skip

Decoded = NDArray[np.uint8] | str  # an image, or why it could not be read


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
        A row a file in the order given, COLUMNS: probability 0 to 1, label 0 or 1, class, the
        threshold; or an error and the other columns empty.
    """
    steps = progress(files, len(files), "predict")
    decode = partial(_decode, bundle.manifest.image)
    decoded = in_order(decode, steps, workers, ahead=BATCH)  # while the network is busy
    values = [value for batch in _batched(decoded) for value in _predict(bundle, batch)]
    threshold = bundle.manifest.threshold
    rows = [_row(file, value, threshold) for file, value in zip(files, values, strict=True)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"predicted_label": "Int64"})


def _decode(contract: ImageContract, file: Path) -> Decoded:
    try:
        return read_image(file, contract.size, contract.resize)
    except DataError as error:
        return str(error)


def _batched(items: Iterator[Decoded]) -> Iterator[list[Decoded]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _predict(bundle: Bundle, batch: list[Decoded]) -> list[float | str]:
    images = [item for item in batch if not isinstance(item, str)]
    found = iter(bundle.predict(np.stack(images)) if images else ())
    return [item if isinstance(item, str) else float(next(found)) for item in batch]


def _row(file: Path, value: float | str, threshold: float) -> tuple[object, ...]:
    if isinstance(value, str):
        return str(file), None, None, None, None, value
    label = int(decide(value, threshold))
    return str(file), value, label, CLASSES[label], threshold, None

"""Make the index of similar images, by the bundle's own light network."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.images import image_files, read_image
from lesion_pipeline.loops.parallel import cores, in_order
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.web.hidden import HiddenLayer
from lesion_pipeline.web.similar import SimilarIndex, network_hash

PART: Final = "train"  # images of val and test are for scoring, and shown by nothing
COLUMNS: Final = ("image_id", "dx", "split")


def make_index(bundle: Path, images: Path, table: Path) -> SimilarIndex:
    """Compute the hidden layers of the training images.

    Args:
        bundle: with a network for LiteRT.
        images: the folder of the collection's images.
        table: CSV with image_id, dx and split, as the stage `split` writes it.

    Raises:
        BundleError: the bundle is incomplete or has no network for LiteRT.
        DataError: the table is missing or lacks a column, or no training image is in the folder.
    """
    contract, file = read_manifest(bundle).image, similar_network(bundle)
    known, files = dict(_training_images(table)), image_files(images) if images.is_dir() else {}
    found = [image_id for image_id in known if image_id in files]
    if not found:
        raise DataError(f"{images} has none of the training images of {table}")
    layer = HiddenLayer(file)

    def decode(image_id: str) -> np.ndarray:
        return read_image(files[image_id], contract.size, contract.resize)[None]

    steps = progress(in_order(decode, found, cores()), len(found), "index")
    layers = np.stack([layer.of(image) for image in steps])
    return SimilarIndex.of([(each, known[each]) for each in found], layers, network_hash(file))


def similar_network(bundle: Path) -> Path:
    """Return the file of a bundle whose hidden layer is compared.

    Raises:
        BundleError: the bundle doesn't have it.
    """
    file = bundle / FORMATS["tflite"].file
    if not file.is_file():
        raise BundleError(f"similar images need {file}: add tflite to export.formats")
    return file


def _training_images(table: Path) -> Iterator[tuple[str, str]]:
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise DataError(f"{table}: missing columns {', '.join(missing)}")
            for row in rows:
                if row["split"] == PART:
                    yield row["image_id"], row["dx"]
    except FileNotFoundError:
        raise DataError(f"{table} not found: run `dvc repro split`, or name --table") from None

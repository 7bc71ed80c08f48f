"""Predict other collections, whose images are files and in no TFRecord."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import read_csv
from lesion_pipeline.core.labels import LABEL, is_malignant
from lesion_pipeline.images import Resize, image_files, read_image
from lesion_pipeline.inference.outputs import BATCH, mean_of_copies
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.pieces import Pieces
from lesion_pipeline.inference.predict import probability_columns
from lesion_pipeline.inference.tta import turned
from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.manifest import RecordManifest
from lesion_pipeline.sources.collection import COLLECTION, Collection

MOST_UNREADABLE: Final = 0.05  # more than this fraction, and something else is wrong
AHEAD: Final = 4 * BATCH  # images decoded before their turn

Decoded = NDArray[np.uint8] | str  # an image, or the reason why it can't be read


@dataclass(frozen=True)
class ExternalPredictions:
    """What a network predicts for another collection.

    Attributes:
        table: one row per image that could be read, in the order of the metadata: image_id,
            lesion_id, dx, label, probability, and one column per diagnosis if the network predicts
            those.
        unreadable: by image_id, the reason why an image could not be read.
    """

    table: pd.DataFrame
    unreadable: dict[str, str]


@dataclass(frozen=True)
class ExternalImages:
    """Another collection, and how its images become those that the network takes.

    Attributes:
        name: of the collection, for progress and errors.
        metadata: one row per image: image_id, lesion_id, dx.
        malignant: its malignant labels, which are others than the network's if only one of both
            collections has diagnoses.
        folder: with <image_id>.<suffix>.
        size: side of the images in pixels.
        resize: how they are brought to a square.
    """

    name: str
    metadata: pd.DataFrame
    malignant: tuple[str, ...]
    folder: Path
    size: int
    resize: Resize

    def decode(self, workers: int) -> Iterator[Decoded]:
        """Yield each image in the order of the metadata, showing progress."""
        files = image_files(self.folder)
        named = (files.get(image_id, Path(image_id)) for image_id in self.metadata["image_id"])
        decoded = in_order(partial(_read, self.size, self.resize), named, workers, AHEAD)
        return iter(progress(decoded, len(self.metadata), f"predict {self.name}", "image"))


def predict_all_external(
    network: TrainedNetwork, folder: Path, records: RecordManifest, tta: Copies, workers: int
) -> dict[str, ExternalPredictions]:
    """Predict each collection in a folder as val and test are predicted.

    Args:
        network: the whole network.
        folder: with a folder for each collection, in the layout of data/raw; or empty.
        records: how images were brought to the size that the network takes.
        tta: copies of each image over which predictions are averaged.
        workers: threads that decode, and batches in the network at a time.

    Returns:
        By the name of the collection, in alphabetical order.

    Raises:
        DataError: as `predict_external`.
    """
    collections = sorted(place for place in folder.iterdir() if place.is_dir())
    if not collections:
        return {}
    pieces, found = Pieces(network, workers), {}
    for place in collections:
        metadata = read_csv(place / "metadata.csv", image_id="str", lesion_id="str", dx="str")
        malignant = Collection.read(place / COLLECTION).malignant
        images = ExternalImages(
            place.name, metadata, malignant, place / "images", records.image_size, records.resize
        )
        found[place.name] = predict_external(pieces, network.manifest, images, tta, workers)
    return found


def predict_external(
    pieces: Pieces, manifest: NetworkManifest, images: ExternalImages, tta: Copies, workers: int
) -> ExternalPredictions:
    """Predict another collection.

    Args:
        pieces: the network.
        manifest: its facts.
        images: the collection.
        tta: copies of each image over which predictions are averaged.
        workers: threads that decode.

    Raises:
        DataError: more than MOST_UNREADABLE of the images can't be read.
    """
    reasons: dict[int, str] = {}
    outputs = pieces.from_images(_batches(images.decode(workers), tta, reasons))
    metadata = images.metadata[["image_id", "lesion_id", "dx"]]
    unreadable = {str(metadata["image_id"].iloc[row]): reason for row, reason in reasons.items()}
    if len(unreadable) > MOST_UNREADABLE * len(metadata):
        shown = listed(f"{image_id}: {reason}" for image_id, reason in unreadable.items())
        raise DataError(
            f"{images.name}: {len(unreadable)} of {len(metadata)} images can't be read: {shown}"
        )
    kept = metadata.drop(index=metadata.index[list(reasons)]).reset_index(drop=True)
    label = is_malignant(kept["dx"], images.malignant)
    columns = probability_columns(mean_of_copies(outputs, tta), manifest)
    return ExternalPredictions(kept.assign(**{LABEL: label}, **columns), unreadable)


def _read(size: int, resize: Resize, file: Path) -> Decoded:
    try:
        return read_image(file, size, resize)
    except DataError as error:
        return str(error)


def _batches(
    decoded: Iterator[Decoded], tta: Copies, reasons: dict[int, str]
) -> Iterator[NDArray[np.uint8]]:
    """Yield batches of the images that could be read, copies side by side; note the others."""

    def readable() -> Iterator[NDArray[np.uint8]]:
        for row, image in enumerate(decoded):
            if isinstance(image, str):
                reasons[row] = image
            else:
                yield from np.stack(turned(image[None], tta), axis=1)[0]

    images = readable()
    while batch := list(islice(images, BATCH)):
        yield np.stack(batch)

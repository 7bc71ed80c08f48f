"""A network ready for use: images in, probabilities out, whatever runs it.

from lesion_pipeline.core.labels import decide
from lesion_pipeline.serve.load import load_bundle

classifier = load_bundle("data/export")
said = classifier.predict(["a.jpg", "b.jpg"])  # float32 (2, 1) or (2, 7)
probability = classifier.malignancy(said)      # (2,), 0 to 1
label = decide(probability, classifier.threshold)  # (2,), 1 is malignant
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.manifest import ImageContract
from lesion_pipeline.bundle.runtimes import Predict
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.core.labels import malignancy
from lesion_pipeline.evaluation.calibrator import Calibrator
from lesion_pipeline.images import read_image
from lesion_pipeline.parallel import cores, in_order

BATCH: Final = 32  # images in the network at a time

Said = NDArray[np.float32]  # (outputs,), 0 to 1
Decoded = NDArray[np.uint8] | str  # an image, or why it could not be read
T = TypeVar("T")


@dataclass(frozen=True)
class Classifier:
    """A network and what decides on what it says.

    Attributes:
        run: the network: uint8 (images, size, size, 3), 0 to 255, to float32 (images, outputs).
        image: what it takes, and how an image file is brought to that.
        outputs: the name of each output: malignant alone, or the seven diagnoses.
        malignant: the diagnoses that count as malignant.
        threshold: the probability of malignancy from which on an image is called malignant;
            None: none is known, so nothing is decided.
        calibrator: what frequency of malignancy a probability stands for; None: not known.
        generated: whether it was trained on generated images, so that its answers mean nothing.
    """

    run: Predict
    image: ImageContract
    outputs: tuple[str, ...]
    malignant: tuple[str, ...]
    threshold: float | None
    calibrator: Calibrator | None = None
    generated: bool = False

    def predict(self, images: NDArray[np.uint8] | Sequence[Path | str]) -> NDArray[np.float32]:
        """Give the probabilities that `outputs` names; `malignancy` sums them up.

        Args:
            images: an array uint8 RGB (images, size, size, 3), 0 to 255, sized as `image` says;
                or JPEG and PNG files, which are decoded as in training.

        Returns:
            float32 (images, outputs), 0 to 1.

        Raises:
            BundleError: the array has another shape or type.
            DataError: a file can't be decoded; names it.
        """
        if isinstance(images, np.ndarray):
            self._check(images)
            said = [self.run(images[n : n + BATCH]) for n in range(0, len(images), BATCH)]
            return np.concatenate(said) if said else np.empty((0, len(self.outputs)), np.float32)
        files = [Path(file) for file in images]
        rows = list(map(_known, files, self.predict_files(files, cores())))
        return np.stack(rows) if rows else np.empty((0, len(self.outputs)), np.float32)

    def malignancy(self, said: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the probability of malignancy (images,) of what `predict` gave (images, outputs)."""
        return np.asarray(malignancy(said, self.malignant), np.float32)

    def predict_files(self, files: Iterable[Path], workers: int) -> Iterator[Said | str]:
        """Predict image files one after another, with memory that doesn't grow with their number.

        Args:
            files: JPEG or PNG files.
            workers: threads that decode beside the network.

        Yields:
            for each file in the order given: float32 (outputs,), or why it could not be read.
        """
        decode = partial(_decode, self.image)
        decoded = in_order(decode, files, workers, ahead=2 * BATCH)  # while the network is busy
        for batch in _batched(decoded):
            images = [item for item in batch if not isinstance(item, str)]
            found = iter(self.run(np.stack(images)) if images else ())
            yield from (item if isinstance(item, str) else next(found) for item in batch)

    def _check(self, images: NDArray[np.uint8]) -> None:
        size = self.image.size
        if images.dtype != np.uint8 or images.shape[1:] != (size, size, 3):
            raise BundleError(
                f"expected images uint8 (batch, {size}, {size}, 3), "
                f"received {images.dtype} {images.shape}"
            )


def _known(file: Path, said: Said | str) -> Said:
    if isinstance(said, str):
        raise DataError(f"{file}: {said}")
    return said


def _decode(contract: ImageContract, file: Path) -> Decoded:
    try:
        return read_image(file, contract.size, contract.resize)
    except DataError as error:
        return str(error)


def _batched(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, BATCH)):
        yield batch

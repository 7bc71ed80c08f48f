"""A network ready for use: images in, probabilities out, whatever runs it.

from lesion_pipeline.core.labels import decide
from lesion_pipeline.serve.load import load_bundle

classifier = load_bundle("data/export")
outputs = classifier.predict(["a.jpg", "b.jpg"])  # float32 (2, 1) or (2, 7); or one: "a.jpg"
probability = classifier.malignancy(outputs)      # (2,), 0 to 1
label = decide(probability, classifier.threshold)  # (2,), 1 is malignant
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.addresses.storage import StoredFile
from lesion_pipeline.bundle.batching import Runtime
from lesion_pipeline.bundle.results import ImageContract
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.core.labels import malignancy
from lesion_pipeline.evaluation.calibrator import Calibrator
from lesion_pipeline.images import Source, read_image
from lesion_pipeline.loops.parallel import cores, in_order

BATCH: Final = 32  # images in the network at a time

Outputs = NDArray[np.float32]  # (outputs,), 0 to 1
Decoded = NDArray[np.uint8] | str  # an image, or the reason why it could not be read
T = TypeVar("T")


@dataclass(frozen=True)
class Classifier:
    """A network, and the facts by which its outputs are decided on.

    Attributes:
        run: the network: uint8 (images, size, size, 3), 0 to 255, to float32 (images, outputs).
        image: what it takes, and how an image file is resized to that.
        outputs: the names of its outputs: malignant alone, or the seven diagnoses.
        malignant: the diagnoses that count as malignant.
        threshold: an image is called malignant when its probability of malignancy is at least
            this; None: not known, so nothing is decided.
        policies: other thresholds by the name of the policy that chose them on val.
        calibrator: turns that probability into a frequency of malignancy; None: not known.
        prevalence: malignant fraction of the images that `calibrator` was fitted to; None: not
            known.
        wanted_prevalence: that of the images to predict, to which rows shift the calibrated
            probability; None: they don't.
        generated: whether it was trained on generated images, so that its outputs mean nothing.
    """

    run: Runtime
    image: ImageContract
    outputs: tuple[str, ...]
    malignant: tuple[str, ...]
    threshold: float | None
    calibrator: Calibrator | None = None
    prevalence: float | None = None
    wanted_prevalence: float | None = None
    generated: bool = False
    policies: Mapping[str, float] = field(default_factory=dict)

    def with_threshold(self, chosen: float | str) -> "Classifier":
        """Return the same network that decides otherwise.

        Args:
            chosen: the threshold, 0 to 1; or the name of a policy, one of `policies`.

        Raises:
            BundleError: the threshold is not from 0 to 1, or there is no such policy.
        """
        if isinstance(chosen, str):
            if chosen not in self.policies:
                known = ", ".join(self.policies) or "none: there is no bundle"
                raise BundleError(f"no policy {chosen}: expected one of {known}")
            chosen = self.policies[chosen]
        if not 0 <= chosen <= 1:
            raise BundleError(f"expected a threshold from 0 to 1, received {chosen}")
        return replace(self, threshold=chosen)

    def predict(
        self, images: NDArray[np.uint8] | Source | str | Iterable[Source | str]
    ) -> NDArray[np.float32]:
        """Return the probabilities that `outputs` names; `malignancy` sums them up.

        Args:
            images: an array uint8 RGB (images, size, size, 3), 0 to 255, of the size in `image`;
                or one image or several, each a JPEG or PNG file, its bytes, or an image of
                Pillow, which are decoded and resized as in training (see images.read_image).

        Returns:
            float32 (images, outputs), 0 to 1.

        Raises:
            BundleError: the array has another shape or type.
            DataError: an image can't be decoded; names the file, or the number of the image.
        """
        if isinstance(images, np.ndarray):
            self._check(images)
            rows = [self.run(images[n : n + BATCH]) for n in range(0, len(images), BATCH)]
            return np.concatenate(rows) if rows else self._nothing()
        sources = [images] if isinstance(images, Source | str) else list(images)
        paths = [Path(source) if isinstance(source, str) else source for source in sources]
        rows = list(map(_readable, range(len(paths)), paths, self.predict_files(paths, cores())))
        return np.stack(rows) if rows else self._nothing()

    def malignancy(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probability of malignancy (images,) from `predict`'s (images, outputs)."""
        return np.asarray(malignancy(outputs, self.malignant), np.float32)

    def predict_files(
        self, files: Iterable[Source | StoredFile], workers: int
    ) -> Iterator[Outputs | str]:
        """Predict image files one after another, with memory that doesn't grow with their number.

        Args:
            files: JPEG or PNG files, here or at an address, their bytes, or images of Pillow.
            workers: threads that read and decode beside the network.

        Yields:
            for each file in the order given: float32 (outputs,), or the reason why it could not be
            read.
        """
        decode = partial(_decode, self.image)
        decoded = in_order(decode, files, workers, ahead=2 * BATCH)  # while the network is busy
        for batch in _batched(decoded):
            images = [item for item in batch if not isinstance(item, str)]
            outputs = iter(self.run(np.stack(images)) if images else ())
            yield from (item if isinstance(item, str) else next(outputs) for item in batch)

    def _nothing(self) -> NDArray[np.float32]:
        return np.empty((0, len(self.outputs)), np.float32)

    def _check(self, images: NDArray[np.uint8]) -> None:
        size = self.image.size
        if images.dtype != np.uint8 or images.shape[1:] != (size, size, 3):
            raise BundleError(
                f"expected images uint8 (batch, {size}, {size}, 3), "
                f"received {images.dtype} {images.shape}"
            )


def _readable(number: int, source: Source, outputs: Outputs | str) -> Outputs:
    if isinstance(outputs, str):
        name = source if isinstance(source, Path) else f"image {number + 1}"
        raise DataError(f"{name}: {outputs}")
    return outputs


def _decode(contract: ImageContract, source: Source | StoredFile) -> Decoded:
    try:
        if isinstance(source, StoredFile):
            return _decode(contract, source.read())
        return read_image(source, contract.size, contract.resize)
    except DataError as error:
        return str(error).removeprefix(f"{source}: " if isinstance(source, StoredFile) else "")


def _batched(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, BATCH)):
        yield batch

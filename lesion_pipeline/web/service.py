"""The work behind the API: decode, run, explain, compare."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.serve.classifier import Classifier
from lesion_pipeline.serve.predict import ERROR, Row, predicted
from lesion_pipeline.web.batcher import MOST, Batcher
from lesion_pipeline.web.collection import ShownCollection
from lesion_pipeline.web.limits import Limits
from lesion_pipeline.web.occlusion import Evidence, covered, evidence_map
from lesion_pipeline.web.pictures import decoded
from lesion_pipeline.web.request_error import RequestError

UNREADABLE: Final = 422
T = TypeVar("T")


@dataclass
class Service:
    """A loaded bundle that answers.

    Attributes:
        classifier: the network, its threshold and its calibrator.
        manifest: of the bundle.
        limits: of what is taken.
        collection: what similar images are taken from, if there is anything.
        batcher: runs the network.
        decoders: threads that decode.
    """

    classifier: Classifier
    manifest: BundleManifest
    limits: Limits
    collection: ShownCollection | None = None
    batcher: Batcher = field(init=False)
    decoders: Executor = field(default_factory=lambda: ThreadPoolExecutor(cores(), "decoder"))

    def __post_init__(self) -> None:
        """Start the threads of the network."""
        self.batcher = Batcher(self.classifier.run, cores())

    def close(self) -> None:
        """Finish what is waiting."""
        self.decoders.shutdown()
        self.batcher.close()

    async def predict(self, content: bytes, prevalence: float | None = None) -> Row:
        """Predict an image file; the row is that of `lesion predict`.

        Args:
            content: a JPEG or PNG file.
            prevalence: for `probability_at_prevalence`, between 0 and 1.

        Raises:
            RequestError: 422, it can't be read; tells why.
        """
        (outputs,) = await self.outputs(await self.square(content))
        return self._row(outputs, prevalence)

    def _row(self, outputs: NDArray[np.float32], prevalence: float | None = None) -> Row:
        row = predicted(outputs, replace(self.classifier, wanted_prevalence=prevalence))
        if row.get(ERROR):
            raise RequestError(UNREADABLE, row[ERROR])
        return row

    async def explain(self, content: bytes) -> Evidence:
        """Return the map of an image file by occlusion; other requests go first."""
        square = await self.square(content)
        copies = await self.threaded(covered, square[0])
        (before,) = await self.outputs(square)
        row = self._row(before)
        after = self.classifier.malignancy(await self.outputs(copies, patient=True))
        (whole,) = self.classifier.malignancy(before[None])
        threshold = self.manifest.operating_point.threshold
        size = len(square[0])
        found = await self.threaded(evidence_map, float(whole), after, threshold, size)
        return replace(found, probability=row["probability_malignant"])  # rounded as in `predict`

    async def square(self, content: bytes) -> NDArray[np.uint8]:
        """Decode an image file to (1, size, size, 3) in a thread."""
        try:
            return await self.threaded(decoded, content, self.classifier.image, self.limits.pixels)
        except DataError as error:
            raise RequestError(UNREADABLE, str(error)) from None

    async def outputs(
        self, images: NDArray[np.uint8], patient: bool = False
    ) -> NDArray[np.float32]:
        """Run the network; its batches are its own affair."""
        parts = [
            asyncio.wrap_future(self.batcher.submit(images[n : n + MOST], patient))
            for n in range(0, len(images), MOST)
        ]
        return np.concatenate(await asyncio.gather(*parts))

    async def threaded(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in a thread of the decoders."""
        return await asyncio.get_running_loop().run_in_executor(self.decoders, function, *arguments)

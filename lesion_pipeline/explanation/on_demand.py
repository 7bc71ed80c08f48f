"""A network that is loaded, and TensorFlow with it, when the first image is explained.

Of a collection whose images aren't drawn and have no masks no image is explained, and the stage
ends before TensorFlow would have been imported.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.explanation.explanation import Explanation, Maps
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.networks.manifest import NETWORK_MANIFEST, NetworkManifest
from lesion_pipeline.records.index import RecordIndex

if TYPE_CHECKING:
    from lesion_pipeline.explanation.maps import Explainer


@dataclass(frozen=True)
class ExplainerOnDemand:
    """An Explainer of a network in a folder.

    Attributes:
        folder: that `train` wrote.
        copies: of which predictions are averaged.
    """

    folder: Path
    copies: Copies

    @classmethod
    def of(cls, folder: Path, copies: Copies) -> Self | None:
        """Return the explainer of a network; None if it takes vectors, which have no places."""
        manifest = NetworkManifest.read(folder / NETWORK_MANIFEST)
        return None if manifest.vectors else cls(folder, copies)

    @cached_property
    def _explainer(self) -> "Explainer":
        from lesion_pipeline.explanation.maps import Explainer
        from lesion_pipeline.networks.network import TrainedNetwork

        return Explainer(TrainedNetwork.load(self.folder), self.copies)

    def explain(self, images: NDArray[np.uint8]) -> Explanation:
        """Return both maps of images, as `Explainer.explain`."""
        return self._explainer.explain(images)

    def evidence(self, images: NDArray[np.uint8]) -> Maps:
        """Return the evidence maps of images, as `Explainer.evidence`."""
        return self._explainer.evidence(images)


def images_of(records: RecordIndex, split: str, rows: set[int]) -> dict[int, NDArray[np.uint8]]:
    """Read the images of a split in these rows, in one pass that keeps no others."""
    if not rows:
        return {}
    from lesion_pipeline.records.tfrecords import Records

    numbered = enumerate(Records(records.folder).images(split).as_numpy_iterator())
    return {row: image for row, image in numbered if row in rows}

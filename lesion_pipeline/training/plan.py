"""What a training depends on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.params import Section
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.resume import resume_key
from lesion_pipeline.training.division import Division
from lesion_pipeline.training.objective import Labels, Objective
from lesion_pipeline.training.params import TrainParams


@dataclass(frozen=True, eq=False)
class Plan:
    """A network to train, and the data and parameters to train it with.

    Attributes:
        backbone: the headless network.
        embeddings: the outputs of its frozen part.
        records: the images.
        params: how it learns.
        part: which images it is trained and scored on; None: on train and val.
        taught: (images trained on, classes), float64, the probabilities that a teacher gives
            for each class; None: there is no teacher.
    """

    backbone: Network
    embeddings: EmbeddingStore
    records: Records
    params: TrainParams
    part: Division | None = None
    taught: NDArray[np.float64] | None = None

    @cached_property
    def division(self) -> Division:
        """Which images it is trained and scored on."""
        return self.part or Division.of_splits(self.records)

    @cached_property
    def objective(self) -> Objective:
        """What the network learns to predict."""
        diagnoses = self.division.weighed["dx"]
        return Objective.from_images(diagnoses, self.records.malignant, self.params)

    @cached_property
    def labels(self) -> Labels:
        """Truth and weight of each image that it is trained on."""
        return self.objective.encode(self.division.trained["dx"], self.taught)

    def resume_key(self) -> str:
        """Name this training by everything that it depends on."""
        settings: list[Section | str] = [self.params, repr(self.backbone.manifest)]
        return resume_key(settings, (self.embeddings.folder, self.records.folder))

"""What a training depends on."""

from dataclasses import dataclass
from functools import cached_property

from lesion_pipeline.core.params import Section
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.resume import resume_key
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import TrainParams


@dataclass(frozen=True)
class Plan:
    """A network to train, and the data and parameters to train it with.

    Attributes:
        backbone: the headless network.
        embeddings: the outputs of its frozen part.
        records: the images.
        params: how it learns.
    """

    backbone: Network
    embeddings: EmbeddingStore
    records: Records
    params: TrainParams

    @cached_property
    def objective(self) -> Objective:
        """What the network learns to predict."""
        diagnoses = self.records.index("train")["dx"]
        return Objective.from_images(diagnoses, self.records.malignant, self.params)

    def resume_key(self) -> str:
        """Name this training by everything that it depends on."""
        settings: list[Section | str] = [self.params, repr(self.backbone.manifest)]
        return resume_key(settings, (self.embeddings.folder, self.records.folder))

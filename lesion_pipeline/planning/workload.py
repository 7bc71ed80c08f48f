"""What the work of the stages depends on: parameters, numbers of images, sizes of a network."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.bundle.params import ExportParams
from lesion_pipeline.core.labels import MALIGNANT
from lesion_pipeline.embedding.size import embedded_shape, embeddings_bytes
from lesion_pipeline.features.components import ComponentMap
from lesion_pipeline.features.cut import actual_cut, stored_shape, trained_part
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.inference.params import PredictParams
from lesion_pipeline.networks.params import Cut, ModelParams
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.scores.params import EvaluateParams
from lesion_pipeline.sources.params import FetchParams
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.training.head import assemble
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import TrainParams


class PlannedParams(NamedTuple):
    """The sections of params.yaml on which disk, memory or time depend."""

    fetch: FetchParams
    split: SplitParams
    preprocess: PreprocessParams
    model: ModelParams
    embed: EmbedParams
    train: TrainParams
    predict: PredictParams
    evaluate: EvaluateParams
    export: ExportParams


@dataclass(frozen=True)
class NetworkSize:
    """Sizes of a network.

    Attributes:
        cut: where its frozen part ends.
        shape: of what is stored for one image; empty if nothing is.
        fitted: features of which components are fitted; 0: none are.
        backbone: parameters without the head.
        whole: with it.
        trained: of the part after the cut.
        embeddings: bytes of what `embed` stores.
    """

    cut: Cut
    shape: tuple[int, ...]
    fitted: int
    backbone: int
    whole: int
    trained: int
    embeddings: int


@dataclass(frozen=True)
class Workload:
    """What the work depends on.

    Attributes:
        images: by split, how many.
        params: the sections of params.yaml.
        network: its sizes.
    """

    images: dict[str, int]
    params: PlannedParams
    network: NetworkSize

    @property
    def total(self) -> int:
        """The images of all splits."""
        return sum(self.images.values())

    @property
    def held_out(self) -> int:
        """The images of val and test."""
        return self.images["val"] + self.images["test"]

    @property
    def members(self) -> int:
        """How many networks are trained."""
        return self.params.train.folds * self.params.train.seeds


def network_size(params: PlannedParams, images: dict[str, int]) -> NetworkSize:
    """Build the network without its weights, and count.

    Vectors from elsewhere are planned as if the network's own were stored beside them.

    Raises:
        ModelError: there is no such network for this image size, or it has no such stage.
        DataError: vectors from elsewhere can't be read.
    """
    plain = params.model.model_copy(update={"weights": "random"})
    network = backbone(plain, params.preprocess.image_size)
    cut = actual_cut(network, params.embed.cut)
    shape = embedded_shape(network, images, params.embed)
    components, fitted = None, 0
    if shape and params.embed.components:
        (fitted,) = stored_shape(network, params.embed)
        components = ComponentMap.zeros(fitted, *shape)
    stored = EmbeddingManifest(
        cut=cut, features=params.embed.features, shape=shape, augmentations=0,
        augment=params.embed.augment,
    )  # fmt: skip
    weights = np.ones(7 if params.train.target == "diagnosis" else 2, np.float32)
    objective = Objective(params.train.target, MALIGNANT, weights, 0.0)
    whole = assemble(network, stored, params.train.head, objective, components)
    return NetworkSize(
        cut=cut,
        shape=shape,
        fitted=fitted,
        backbone=network.model.count_params(),
        whole=whole.count_params(),
        trained=trained_part(whole, network, cut).count_params(),
        embeddings=embeddings_bytes(network, images, params.embed),
    )

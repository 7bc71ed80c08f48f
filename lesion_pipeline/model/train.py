"""Train the head on embeddings, then, if asked, the last layers of the network on images."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.model.batches import FeatureBatches, image_batches
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.features import feature_tensor
from lesion_pipeline.model.head import HeadParams, build_head, shift_odds
from lesion_pipeline.model.network import Network
from lesion_pipeline.model.watch import SCORE, Best, Score
from lesion_pipeline.params import Section
from lesion_pipeline.tf import deterministic, keras


class FineTuneParams(Section):
    """The second phase: the last layers of the network, on images."""

    epochs: int = Field(ge=0)
    layers: int = Field(ge=1)
    learning_rate: float = Field(gt=0)


class TrainParams(Section):
    """How the network learns."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    image_batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    positive_weight: Literal["auto"] | Annotated[float, Field(gt=0)]
    patience: int = Field(ge=1)
    plateau_patience: int = Field(ge=1)
    plateau_factor: float = Field(gt=0, lt=1)
    head: HeadParams
    fine_tune: FineTuneParams
    seed: int = Field(ge=0, lt=2**32)


@dataclass(frozen=True)
class Sources:
    """What training reads."""

    backbone: Network
    embeddings: Embeddings
    records: Records


@dataclass(frozen=True)
class Phase:
    """One call of Keras' fit."""

    name: str
    model: Any  # what is fitted
    batches: Any
    steps: int  # batches an epoch
    val: Any  # inputs of `model` for the images of val, in order
    epochs: int
    learning_rate: float


def train(sources: Sources, params: TrainParams, logs: Path) -> tuple[Network, pd.DataFrame]:
    """Train, and keep the state with the best PR-AUC on val over all phases.

    Malignant images weigh `positive_weight` times as much as benign ones. That multiplies the
    odds which the network learns by the same factor, so the factor is taken out of the last
    bias at the end (Elkan 2001, The Foundations of Cost-Sensitive Learning, theorem 2): the
    probabilities are those of the collection as it is, and their order stays.

    Args:
        sources: network, features and images.
        params: how.
        logs: folder for TensorBoard, emptied first; nothing reads it.

    Returns:
        The whole network, from uint8 images to probabilities, with what came of it in its
        manifest; and the history, a row an epoch.
    """
    deterministic(params.seed)
    shutil.rmtree(logs, ignore_errors=True)  # TensorBoard would draw several runs as one
    weight = positive_weight(sources.records.labels("train"), params)
    model, head = assemble(sources, params.head)
    best, trainable = Best(model), {}
    for phase in _phases(model, head, sources, params):
        best.restore(model)
        trainable[phase.name] = count_trainable(phase.model)
        _fit(phase, params, best, sources.records.labels("val"), logs / phase.name)
    model, head = assemble(sources, params.head)  # a new head, without the optimizer's state
    best.restore(model)
    shift_odds(head, 1 / weight)
    facts = {
        "features": sources.embeddings.features,
        "total_parameters": model.count_params(),
        "trainable_parameters": trainable,
        "positive_weight": weight,
        "best": best.facts,
        "epochs": len(best.history),
    }
    return Network(model, sources.backbone.manifest | facts), pd.DataFrame(best.history)


def positive_weight(labels: NDArray[np.int64], params: TrainParams) -> float:
    """Give the weight of a malignant image: as set, or benign / malignant images of train."""
    if params.positive_weight != "auto":
        return float(params.positive_weight)
    return float((labels == 0).sum() / (labels == 1).sum())


def assemble(sources: Sources, params: HeadParams) -> tuple[Any, Any]:
    """Put a new head on the backbone; gives the whole model and the head inside it."""
    backbone = sources.backbone
    features = feature_tensor(
        backbone.model, backbone.manifest["stages"], sources.embeddings.features
    )
    head = build_head(features.shape[-1], params)
    arch = backbone.manifest["arch"]
    return keras.Model(backbone.model.input, head(features), name=arch), head


def count_trainable(model: Any) -> int:
    """Count the parameters that training may change."""
    return int(sum(np.prod(weight.shape) for weight in model.trainable_weights))


def _phases(model: Any, head: Any, sources: Sources, params: TrainParams) -> Iterator[Phase]:
    """Give the phases one by one, each made ready when its turn comes."""
    layers = sources.backbone.model.layers
    if not sources.backbone.manifest["frozen"]:
        whole = FineTuneParams(
            epochs=params.epochs, layers=len(layers), learning_rate=params.learning_rate
        )
        yield _on_images("whole", model, sources, params, whole)
        return
    yield _on_features(head, sources, params)
    if params.fine_tune.epochs:
        for layer in layers[: -params.fine_tune.layers]:
            layer.trainable = False
        yield _on_images("fine_tune", model, sources, params, params.fine_tune)


def _on_features(head: Any, sources: Sources, params: TrainParams) -> Phase:
    labels = sources.records.labels("train")
    weight = positive_weight(labels, params)
    batches = FeatureBatches(sources.embeddings, labels, weight, params.batch_size, params.seed)
    return Phase(
        name="head",
        model=head,
        batches=batches,
        steps=len(batches),
        val=np.asarray(sources.embeddings.load("val")),
        epochs=params.epochs,
        learning_rate=params.learning_rate,
    )


def _on_images(
    name: str, model: Any, sources: Sources, params: TrainParams, tune: FineTuneParams
) -> Phase:
    records, size = sources.records, params.image_batch_size
    weight = positive_weight(records.labels("train"), params)
    return Phase(
        name=name,
        model=model,
        batches=image_batches(
            records, weight, size, tune.epochs, sources.embeddings.augmentation, params.seed
        ),
        steps=-(-len(records.index("train")) // size),
        val=records.images("val").batch(size),
        epochs=tune.epochs,
        learning_rate=tune.learning_rate,
    )


def _fit(phase: Phase, params: TrainParams, best: Best, labels: Any, logs: Path) -> None:
    phase.model.compile(
        optimizer=keras.optimizers.AdamW(phase.learning_rate, weight_decay=params.weight_decay),
        loss="binary_crossentropy",
    )
    callbacks = keras.callbacks
    phase.model.fit(
        phase.batches,
        epochs=phase.epochs,
        steps_per_epoch=phase.steps,
        shuffle=False,  # the batches are shuffled, by the seed
        verbose=2,
        callbacks=[
            Score(phase.name, phase.val, labels, best),
            callbacks.EarlyStopping(SCORE, mode="max", patience=params.patience),
            callbacks.ReduceLROnPlateau(
                SCORE,
                params.plateau_factor,
                params.plateau_patience,
                mode="max",
                min_delta=0,
                verbose=1,
            ),
            callbacks.TensorBoard(logs, write_graph=False),
        ],
    )

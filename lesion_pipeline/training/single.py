"""Train one network: what follows the cut, then, if asked, the last layers on images."""

from pathlib import Path
from typing import Any

import pandas as pd

from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.networks.outputs import output_names
from lesion_pipeline.tf.load import deterministic
from lesion_pipeline.training.best import BestCheckpoint
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.head import assemble
from lesion_pipeline.training.loop import TrainingLoop, Watch, unwatched
from lesion_pipeline.training.phases import phases
from lesion_pipeline.training.plan import Plan


def train_one(
    plan: Plan, logs: Path, checkpoint: Checkpoint, watch: Watch = unwatched
) -> tuple[TrainedNetwork, pd.DataFrame]:
    """Train, and keep the state with the best PR-AUC on what is held out, over all phases.

    Classes weigh more the rarer they are, and labels are smoothed, which changes what the network
    learns to predict. Its last layers take both out again, so that the probabilities are those of
    the collection as it is; see OutputCorrection.

    Args:
        plan: the network, its data and its parameters.
        logs: folder for TensorBoard; nothing reads it.
        checkpoint: the state of an interrupted training, and where this one saves its state.
        watch: called after each epoch with the best state so far; what it raises ends training.

    Returns:
        The whole network, from uint8 images to probabilities, with the facts of its training in
        its manifest; and the history, one row per epoch.

    Raises:
        ModelError: training diverged.
    """
    deterministic(plan.params.seed)
    stored = plan.embeddings
    model = assemble(
        plan.backbone, stored.manifest, plan.params.head, plan.objective, stored.components()
    )
    best = BestCheckpoint(model)
    loop = TrainingLoop(plan, model, best, checkpoint, logs, watch)
    loop.resume()
    trainable = loop.run(phases(plan, model))
    model.set_weights(best.weights)
    manifest = _manifest(plan, model, best, trainable)
    return TrainedNetwork(model, manifest), pd.DataFrame(best.history)


def _manifest(
    plan: Plan, model: Any, best: BestCheckpoint, trainable: dict[str, int]
) -> NetworkManifest:
    return NetworkManifest(
        **dict(plan.backbone.manifest),
        target=plan.params.target,
        outputs=output_names(plan.params.target),
        malignant=plan.objective.malignant,
        cut=plan.embeddings.manifest.cut,
        features=plan.embeddings.manifest.features,
        components=plan.embeddings.manifest.components,
        total_parameters=model.count_params(),
        trainable_parameters=trainable,
        class_weights=plan.objective.named_weights(),
        label_smoothing=plan.objective.label_smoothing,
        best=best.epoch,
        epochs=len(best.history),
    )

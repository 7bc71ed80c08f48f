"""Train a network: alone, as several members, or by what members predict."""

from pathlib import Path

import pandas as pd

from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.distil import distil
from lesion_pipeline.training.members import train_members
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.single import train_one


def train(plan: Plan, logs: Path, checkpoint: Checkpoint) -> tuple[TrainedNetwork, pd.DataFrame]:
    """Train as the parameters ask: `folds`, `seeds` and `teacher`.

    Args:
        plan: the network, its data and its parameters.
        logs: folder for TensorBoard; nothing reads it.
        checkpoint: the state of an interrupted training, and where this one saves its state.

    Returns:
        The whole network, from uint8 images to probabilities, with the facts of its training in
        its manifest; and the history, one row per epoch, of several members with a column member.

    Raises:
        ModelError: training diverged.
        DataError: there are too few lesions for so many folds.
    """
    params = plan.params
    if params.teacher:
        return distil(plan, logs, checkpoint)
    if params.folds * params.seeds > 1:
        return train_members(plan, logs, checkpoint)
    return train_one(plan, logs, checkpoint)

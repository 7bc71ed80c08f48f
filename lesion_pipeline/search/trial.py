"""One trial: train and score on val, by what the stages train, predict and evaluate call.

So the figures are those of `dvc exp run` with the same values, to the last digit: in each training
the random generators begin anew (tf.load.deterministic), and nothing of an earlier one is left.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import ValidationError

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.results import problems
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.params import PredictParams
from lesion_pipeline.inference.predict import predict_val
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.kept import KeptBackbone, trains_head_only
from lesion_pipeline.search.record import Figures
from lesion_pipeline.search.tree import Tree
from lesion_pipeline.statistics.metrics import arrays, probability_metrics, ranking_metrics
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.best import BestCheckpoint
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.train import train

FIGURES: Final = ("pr_auc", "roc_auc", "log_loss")
Watch = Callable[[int, Figures], None]  # epochs so far, and the figures of the best of them


@dataclass(frozen=True)
class TrialOutcome:
    """What a trial gave.

    Attributes:
        predictions: one row per image of val, as the stage predict writes them.
        figures: of val, as the stage evaluate computes them.
        epochs: how many were trained.
    """

    predictions: pd.DataFrame
    figures: Figures
    epochs: int


def run_trial(
    tree: Tree, data: DataPaths, scratch: Path, watch: Watch, kept: KeptBackbone | None = None
) -> TrialOutcome:
    """Train with the values of params.yaml, and score val. Nothing of test is read.

    Args:
        tree: params.yaml of the trial.
        data: what `embed` and the stages before it stored for these values.
        scratch: folder for TensorBoard and the state to resume from; of one job.
        watch: called after each epoch; what it raises ends the trial.
        kept: the backbone that an earlier trial of this process left; None: it is read anew.

    Raises:
        ModelError: training diverged.
        ParamsError: a value is wrong.
    """
    forget()
    train_params, predict_params = _sections(tree)
    records, embeddings = Records(data.records), EmbeddingStore(data.embeddings)
    head_only = trains_head_only(train_params, embeddings.manifest.cut)
    with (kept or KeptBackbone()).lent(data.backbone, head_only) as backbone:
        plan = Plan(backbone, embeddings, records, train_params)
        checkpoint = Checkpoint(scratch / "unfinished" / plan.resume_key())
        network, history = train(
            plan, scratch / "tensorboard", checkpoint, lambda best: watch(*_so_far(best))
        )
        predictions = predict_val(network, records, embeddings, predict_params.tta, cores())
    checkpoint.clear()
    return TrialOutcome(predictions, figures_of(predictions), len(history))


def figures_of(predictions: pd.DataFrame) -> Figures:
    """Return pr_auc, roc_auc and log_loss of predictions, by image."""
    labels, probabilities = arrays(predictions)
    scores = ranking_metrics(labels, probabilities) | probability_metrics(labels, probabilities)
    return {name: scores[name] for name in FIGURES}


def forget() -> None:
    """Free what an earlier training left in Keras: names, graphs, networks."""
    keras.backend.clear_session()
    gc.collect()


def _so_far(best: BestCheckpoint) -> tuple[int, Figures]:
    row = best.history[max(best.epoch.epoch - 1, 0)]
    return len(best.history), {name: row[f"val_{name}"] for name in FIGURES}


def _sections(tree: Tree) -> tuple[TrainParams, PredictParams]:
    try:
        return (
            TrainParams.model_validate(tree["train"]),
            PredictParams.model_validate(tree["predict"]),
        )
    except ValidationError as error:
        raise ParamsError(problems(error)) from None

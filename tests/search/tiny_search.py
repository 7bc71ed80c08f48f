"""A space, trees of params.yaml and folders for tests of the search, without DVC."""

from pathlib import Path
from typing import Any

import yaml

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.params import RangeParams, SearchParams
from lesion_pipeline.search.record import COMPLETE, TrialRecord
from lesion_pipeline.search.space import Axis
from lesion_pipeline.search.view import make_view
from tests import tiny
from tests.code_deps import ROOT

RATE = Axis("train.learning_rate", span=RangeParams(low=0.0005, high=0.005, log=True))
SMOOTHING = Axis("train.label_smoothing", choices=(0, 0.1, 0.2))
HEAD = Axis(
    "train.head",
    choices=({"units": [8], "dropout": [0.1, 0.1]}, {"units": [], "dropout": [0.3]}),
)
AXES = (RATE, SMOOTHING, HEAD)
SETTINGS = {"seed": "1"}


def params(**changes: Any) -> SearchParams:
    """How to search, with a random sampler and without pruning."""
    return SearchParams(**({"sampler": "random", "pruning": False} | changes))


def base() -> dict[str, Any]:
    """Params.yaml of the project."""
    return yaml.safe_load((ROOT / "params.yaml").read_text())


def small_tree(**changes: Any) -> dict[str, Any]:
    """Params.yaml with a training of a few seconds."""
    train = tiny.TRAIN.model_copy(update={"epochs": 3}).model_dump(mode="json") | changes
    return base() | {"train": train}


def record(number: int, figure: float | None, **changes: Any) -> TrialRecord:
    """A complete trial with a PR-AUC, or one that failed."""
    figures = {} if figure is None else {"pr_auc": figure, "roc_auc": 0.9, "log_loss": 0.3}
    drawn = {RATE.key: 0.001 * (1 + number), SMOOTHING.key: "0.1"}
    values = {RATE.key: 0.001 * (1 + number), SMOOTHING.key: 0.1}
    state = COMPLETE if figures else "failed"
    facts = {"number": number, "state": state, "drawn": drawn, "values": values}
    return TrialRecord(**(facts | {"figures": figures, "epochs": 3} | changes))


def data_paths() -> DataPaths:
    """Where a repository has its data."""
    return DataPaths(Path("data/tfrecords"), Path("data/backbone"), Path("data/embeddings"))


def make_small_view(
    network: Network, records: Records, embeddings: EmbeddingStore, target: Path
) -> DataPaths:
    """What a trial on the tiny collection may read, with a network of four layers."""
    backbone = target / "original"
    backbone.mkdir(parents=True)
    network.save(backbone)
    view = data_paths().below(target)
    make_view(DataPaths(records.folder, backbone, embeddings.folder), view)
    return view

"""A trial against the stages, against itself, and what it reads."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lesion_pipeline.core.errors import ModelError, ParamsError
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.trial import figures_of, run_trial
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.train import train
from tests import tiny
from tests.search.tiny_search import small_tree

pytestmark = pytest.mark.slow


def ignore(epochs: int, figures: dict[str, float]) -> None:
    """Watch nothing."""


def test_it_gives_what_the_stages_give(
    view: DataPaths, records: Records, small_stored: EmbeddingStore, tmp_path: Path
) -> None:
    """And the second in a process what the first gives, whatever was trained between them."""
    first = run_trial(small_tree(), view, tmp_path, ignore)
    other = run_trial(small_tree(epochs=2, learning_rate=0.01), view, tmp_path, ignore)
    again = run_trial(small_tree(), view, tmp_path, ignore)
    pd.testing.assert_frame_equal(first.predictions, again.predictions, check_exact=True)
    assert not other.predictions.equals(first.predictions)
    plan = tiny.make_plan(tiny.make_small_backbone(), records, small_stored, epochs=3)
    network, history = train(plan, tmp_path / "logs", Checkpoint(tmp_path / "own/state"))
    tables = predict(network, records, small_stored, 1, workers=2)
    pd.testing.assert_frame_equal(first.predictions, tables["val"], check_exact=True)
    assert (first.epochs, first.figures) == (len(history), figures_of(tables["val"]))


def test_it_opens_nothing_of_test(view: DataPaths, tmp_path: Path) -> None:
    opened: list[str] = []
    watching = [True]

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if watching[0] and event == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(note)
    run_trial(small_tree(epochs=1), view, tmp_path, ignore)
    watching[0] = False
    data = {Path(name).name for name in opened if str(view.embeddings.parent) in name}
    assert {"val.npy", "train.npy", "index.csv"} <= data
    assert not [name for name in data if "test" in name]


def test_the_figures_told_are_those_of_the_best_epoch_so_far(
    view: DataPaths, tmp_path: Path
) -> None:
    told: list[tuple[int, dict[str, float]]] = []
    outcome = run_trial(small_tree(epochs=4), view, tmp_path, lambda *now: told.append(now))
    assert [epochs for epochs, _ in told] == [1, 2, 3, 4]
    scores = [figures["pr_auc"] for _, figures in told]
    assert scores == sorted(scores)
    assert scores[-1] == pytest.approx(outcome.figures["pr_auc"], abs=1e-6)


def test_what_the_watch_raises_ends_it(view: DataPaths, tmp_path: Path) -> None:
    def stop(epochs: int, figures: dict[str, float]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trial(small_tree(), view, tmp_path, stop)


def test_wrong_values_and_divergence_are_told(view: DataPaths, tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="epochs: expected greater than or equal to 1"):
        run_trial(small_tree(epochs=0), view, tmp_path, ignore)
    with pytest.raises(ModelError, match="training diverged"):
        run_trial(small_tree(learning_rate=1e30), view, tmp_path, ignore)

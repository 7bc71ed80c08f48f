"""A backbone is read once for heads, anew for all else, and keeps nothing of a trial."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.networks.network import Network
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.kept import KeptBackbone, trains_head_only
from lesion_pipeline.search.trial import run_trial
from lesion_pipeline.tf.load import keras
from tests import tiny
from tests.search.tiny_search import small_tree


def readers(network: Network) -> list[int]:
    return [len(layer._outbound_nodes) for layer in network.model.layers]


def test_it_is_read_once_for_heads(view: DataPaths) -> None:
    kept = KeptBackbone()
    with kept.lent(view.backbone, head_only=True) as first:
        pass
    with kept.lent(view.backbone, head_only=True) as second:
        assert second is first
    with kept.lent(view.backbone, head_only=False) as other:
        assert other.model is not first.model
    with kept.lent(view.backbone, head_only=True) as third:
        assert third is first


def test_another_folder_is_another_backbone(view: DataPaths, tmp_path: Path) -> None:
    shutil.copytree(view.backbone, tmp_path / "backbone")
    kept = KeptBackbone()
    with kept.lent(view.backbone, head_only=True) as first:
        pass
    with kept.lent(tmp_path / "backbone", head_only=True) as second:
        assert second is not first


def test_a_trial_that_failed_leaves_no_head_on_it(view: DataPaths) -> None:
    kept = KeptBackbone()
    with kept.lent(view.backbone, head_only=True) as network:
        before = readers(network)
    with (
        pytest.raises(KeyboardInterrupt),
        kept.lent(view.backbone, head_only=True) as network,
    ):
        keras.layers.Flatten()(network.model.output)
        assert readers(network) != before
        raise KeyboardInterrupt
    assert readers(network) == before


def test_what_trains_a_head_only() -> None:
    assert trains_head_only(tiny.TRAIN, "top")
    assert not trains_head_only(tiny.TRAIN, 2)
    assert not trains_head_only(tiny.TRAIN, "input")
    tuned = tiny.TRAIN.fine_tune.model_copy(update={"epochs": 1})
    assert not trains_head_only(tiny.TRAIN.model_copy(update={"fine_tune": tuned}), "top")


@pytest.mark.slow
def test_trials_change_nothing_in_it(view: DataPaths, tmp_path: Path) -> None:
    """Neither others nor several members; the same values give the same again."""
    kept = KeptBackbone()
    with kept.lent(view.backbone, head_only=True) as network:
        before, weights = readers(network), network.model.get_weights()
    alone = run_trial(small_tree(), view, tmp_path, lambda *_: None)
    for tree in (small_tree(), small_tree(epochs=2, learning_rate=0.01), small_tree(seeds=2)):
        outcome = run_trial(tree, view, tmp_path, lambda *_: None, kept)
        again = run_trial(small_tree(), view, tmp_path, lambda *_: None, kept)
        pd.testing.assert_frame_equal(again.predictions, alone.predictions, check_exact=True)
        assert tree == small_tree() or not outcome.predictions.equals(alone.predictions)
    with kept.lent(view.backbone, head_only=True) as network:
        assert readers(network) == before
        for one, other in zip(network.model.get_weights(), weights, strict=True):
            assert one.tobytes() == other.tobytes()

"""Scores after an epoch are those of the network as it is then, folded and traced anew."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.features.params import Cut
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.run import run_network
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import tf
from lesion_pipeline.training import loop, scorer
from lesion_pipeline.training.scorer import Scorer
from tests import tiny
from tests.training.runs import TUNE, small_plan
from tests.training.runs import run as train

pytestmark = pytest.mark.usefixtures("without_xla")


class Checked(Scorer):
    """Compares all that it returns with what was done before; counts."""

    seen = 0

    def __init__(self, part: object) -> None:
        super().__init__(part)
        self._checked = part

    def outputs(self, batches: Iterator[object]) -> np.ndarray:  # type: ignore[type-arg]
        given = list(batches)
        found = super().outputs(iter(given))
        wanted = run_network(folded(self._checked), iter(given), cores())
        assert found.tobytes() == wanted.tobytes()
        Checked.seen += 1
        return found


@pytest.mark.slow
@pytest.mark.parametrize("cut", ["top", 2, "input"])
def test_each_epoch_of_each_phase_is_scored_as_by_a_new_network(
    cut: Cut, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "Scorer", Checked)
    monkeypatch.setattr(Checked, "seen", 0)
    backbone = tiny.make_small_backbone()
    embeddings = tiny.make_embeddings(backbone, records, tmp_path / "embeddings", cut)
    tune = TUNE.model_copy(update={"epochs": 2 * (cut == "top")})
    done = train(small_plan(records, embeddings, epochs=3, fine_tune=tune), tmp_path / "run")
    assert Checked.seen == len(done.history) == 3 + tune.epochs
    assert done.history["val_log_loss"].nunique() == len(done.history)


def test_a_network_is_traced_once_for_each_shape(
    small_embeddings: EmbeddingStore, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    traces: list[tuple[int, ...]] = []

    def traced(model: object) -> object:
        def counted(batch: object) -> object:
            traces.append(tuple(batch.shape))  # type: ignore[attr-defined]
            return model(batch, training=False)  # type: ignore[operator]

        return tf.function(counted)

    monkeypatch.setattr(scorer, "traced", traced)
    head = tiny.make_untrained(tiny.make_small_backbone()).model.get_layer("head")
    scoring, width = Scorer(head), head.input.shape[1]
    batches = [np.ones((16, width), np.float32), np.ones((3, width), np.float32)]
    for _ in range(4):
        assert scoring.outputs(iter(batches)).shape == (19, head.output.shape[1])
    assert sorted(traces) == [(3, width), (16, width)]

"""Probabilities of val and test, from the whole network or from its head alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, malignancy
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.networks.outputs import Target
from lesion_pipeline.records.tfrecords import Records
from tests import tiny


def changed(network: TrainedNetwork, **changes: Any) -> TrainedNetwork:
    return TrainedNetwork(network.model, network.manifest.model_copy(update=changes))


def of_phase(network: TrainedNetwork, phase: str) -> TrainedNetwork:
    """The same network, whose best epoch was one of this phase."""
    best = network.manifest.best.model_copy(update={"phase": phase})
    return changed(network, best=best)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_every_image_gets_its_own_probability(
    records: Records, lite0: Network, embeddings: EmbeddingStore, target: Target
) -> None:
    """The whole network, and the head on stored features, against one image at a time."""
    network = tiny.make_untrained(lite0, target)
    whole = predict(of_phase(network, "fine_tune"), records, embeddings, 1, workers=2)
    head = predict(of_phase(network, "head"), records, embeddings, 1, workers=2)
    for split in ("val", "test"):
        images = list(records.images(split).as_numpy_iterator())
        alone = np.concatenate([network.model(image[None], training=False) for image in images])
        for table in (whole[split], head[split]):
            np.testing.assert_allclose(
                table["probability"], malignancy(alone, MALIGNANT), atol=1e-5
            )
            pd.testing.assert_frame_equal(
                table[["image_id", "lesion_id", "dx", "label"]], records.index(split)
            )
            assert list(table.columns[5:]) == (list(DIAGNOSES) if target == "diagnosis" else [])
            if target == "diagnosis":
                np.testing.assert_allclose(table[list(DIAGNOSES)], alone, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["head", "fine_tune"])
def test_records_as_png_predict_the_same_to_the_last_bit(
    lite0: Network, records: Records, embeddings: EmbeddingStore, tmp_path: Path, phase: str
) -> None:
    """From stored features, which are made of the records, and from the records themselves."""
    small = tiny.make_records(tmp_path, encoding="png")
    stored = tiny.make_embeddings(lite0, small, tmp_path / "embeddings")
    network = of_phase(tiny.make_untrained(lite0), phase)
    of_raw = predict(network, records, embeddings, 1, workers=2)
    of_png = predict(network, small, stored, 1, workers=2)
    assert small.manifest.encoding == "png" and records.manifest.encoding == "raw"
    for split in ("val", "test"):
        pd.testing.assert_frame_equal(of_png[split], of_raw[split], check_exact=True)
    for file in embeddings.folder.iterdir():
        assert (stored.folder / file.name).read_bytes() == file.read_bytes()


def test_the_malignant_diagnoses_add_up_to_the_probability(
    records: Records, lite0: Network, embeddings: EmbeddingStore
) -> None:
    network = tiny.make_untrained(lite0)
    table = predict(network, records, embeddings, 1, workers=2)["test"]
    total = table["akiec"] + table["bcc"] + table["mel"]
    np.testing.assert_allclose(table["probability"], total, rtol=1e-12)
    other = changed(network, malignant=("nv",))
    table = predict(other, records, embeddings, 1, workers=2)["test"]
    np.testing.assert_array_equal(table["probability"], table["nv"])


@pytest.mark.slow
def test_several_copies_are_averaged(
    records: Records, lite0: Network, embeddings: EmbeddingStore
) -> None:
    network = tiny.make_untrained(lite0)
    table = predict(network, records, embeddings, 4, workers=2)["test"]
    images = np.stack(list(records.images("test").as_numpy_iterator()))
    flipped = [images[:, ::up, ::left].copy() for up in (1, -1) for left in (1, -1)]
    mean = np.mean([network.model(copy, training=False) for copy in flipped], axis=0)
    np.testing.assert_allclose(table["probability"], malignancy(mean, MALIGNANT), atol=1e-5)
    plain = predict(network, records, embeddings, 1, workers=2)["test"]
    assert (table["probability"] - plain["probability"]).abs().max() > 1e-4


def test_one_copy_under_a_trained_head_needs_no_images(
    records: Records, lite0: Network, embeddings: EmbeddingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("an image was read")

    network = tiny.make_untrained(lite0, "binary")
    monkeypatch.setattr(Records, "images_of", refuse)
    assert len(predict(network, records, embeddings, 1, workers=2)["val"]) == 12
    with pytest.raises(AssertionError, match="an image was read"):
        predict(of_phase(network, "fine_tune"), records, embeddings, 1, workers=2)

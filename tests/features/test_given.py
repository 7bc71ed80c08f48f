"""The network of vectors that were made elsewhere, from training to an exported bundle."""

from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.verify import verify
from lesion_pipeline.embedding.given import store_vectors
from lesion_pipeline.explanation.on_demand import ExplainerOnDemand
from lesion_pipeline.features.given import read_by_head
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.features.vector_table import VectorTable
from lesion_pipeline.inference.inputs import inputs_of
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.networks.manifest import VectorSource
from lesion_pipeline.networks.network import NETWORK, Network, TrainedNetwork
from lesion_pipeline.networks.outputs import STANDARDISED
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.train import train
from tests import tiny
from tests.tiny_bundle import EXPORT

SOURCE = VectorSource(file="made.npz", sha256="0" * 64, dims=4)


@pytest.fixture
def store(records: Records, tmp_path: Path) -> EmbeddingStore:
    """Small vectors of the tiny collection that tell the label, with a number that is constant."""
    table, generator = records.whole(), np.random.default_rng(1)
    values = generator.normal(size=(len(table), 4)).astype(np.float32)
    values[:, 0] += 5 * table["label"]
    values[:, 3] = 5
    vectors = VectorTable(SOURCE, table["image_id"].tolist(), values / 1000)
    target = tmp_path / "embeddings"
    target.mkdir()
    store_vectors(vectors, records, target, tiny.EMBED)
    return EmbeddingStore(target)


def test_a_network_of_images_stays_what_it_is(
    small_network: Network, embeddings: EmbeddingStore
) -> None:
    assert read_by_head(small_network, embeddings) is small_network


def test_vectors_are_brought_to_one_scale(small_network: Network, store: EmbeddingStore) -> None:
    network, train_part = read_by_head(small_network, store), np.array(store.load("train"))
    scaled = network.model(train_part).numpy()
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 1, 0], atol=1e-4)
    features = keras.Model(network.model.input, network.model.get_layer("features").output)
    np.testing.assert_array_equal(features(train_part), train_part)
    assert network.model.get_layer(STANDARDISED).output is network.model.output
    facts = network.manifest
    assert (facts.arch, facts.stages, facts.parameters) == ("vectors", (), 0)
    assert facts.vectors == SOURCE
    assert (facts.weights.origin, facts.weights.source) == ("vectors", "made.npz")


def test_a_head_learns_predicts_and_is_exported(
    small_network: Network, records: Records, store: EmbeddingStore, tmp_path: Path
) -> None:
    plan = tiny.make_plan(
        read_by_head(small_network, store), records, store, epochs=30, patience=30, averaging=0.5
    )
    trained, history = train(plan, tmp_path / "logs", Checkpoint(tmp_path / "unfinished/key"))
    assert history["val_roc_auc"].max() > 0.9
    trained.save(tmp_path)
    network = TrainedNetwork.load(tmp_path)
    assert network.manifest.vectors == SOURCE and network.manifest.arch == "vectors"
    tables = predict(network, records, store, tta=1, workers=1)
    outputs = network.model(np.array(store.load("test"))).numpy()
    np.testing.assert_allclose(tables["test"][list(network.manifest.outputs)], outputs, atol=1e-5)
    assert ExplainerOnDemand.of(tmp_path, 1) is None

    read = inputs_of(records, store)
    params = EXPORT.model_copy(update={"formats": ("keras", "tflite", "tflite_float16")})
    convert(tmp_path / NETWORK, 1, read, tmp_path, params)
    reports = verify(tmp_path, params, read, tables["val"], threshold=0.5)
    assert set(reports) == {"keras", "tflite", "tflite_float16"}
    assert all(report.max_probability_difference <= 1e-3 for report in reports.values())

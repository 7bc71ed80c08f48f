"""The head, layer by layer, and the whole network with it."""

import numpy as np
import pytest

from lesion_pipeline.networks.correction import LEAST
from lesion_pipeline.networks.outputs import LAST, Target
from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.params import HeadParams
from tests import tiny

DEFAULT = HeadParams(units=(512, 256), dropout=(0.5, 0.5, 0.3), batch_norm_momentum=0.9)
SMALL = HeadParams(units=(3,), dropout=(0.0, 0.0), batch_norm_momentum=0.9)


def test_the_default_head_layer_by_layer() -> None:
    names = [type(layer).__name__ for layer in build_head(2048, DEFAULT, "binary").layers]
    assert names == [
        "InputLayer", "BatchNormalization", "Dropout", "Dense", "BatchNormalization", "Dropout",
        "Dense", "Dropout", "Dense",
    ]  # fmt: skip


def test_without_batch_normalisation_before_the_first_layer() -> None:
    head = build_head(2048, DEFAULT, "binary", scaled=True)
    names = [type(layer).__name__ for layer in head.layers]
    assert names == [
        "InputLayer", "Dropout", "Dense", "BatchNormalization", "Dropout", "Dense", "Dropout",
        "Dense",
    ]  # fmt: skip


def test_parameters_of_the_default_head_on_resnet50_features() -> None:
    batch_norm = 4 * 2048 + 4 * 512
    dense = 2048 * 512 + 512 + 512 * 256 + 256 + 256 + 1
    assert build_head(2048, DEFAULT, "binary").count_params() == batch_norm + dense == 1_190_913
    seven = build_head(2048, DEFAULT, "diagnosis")
    assert seven.count_params() == batch_norm + dense + 6 * 257


@pytest.mark.parametrize(("target", "count"), [("binary", 1), ("diagnosis", 7)])
def test_a_head_computes_probabilities(target: Target, count: int) -> None:
    outputs = build_head(4, SMALL, target)(np.random.default_rng(0).normal(size=(20, 4))).numpy()
    assert outputs.shape == (20, count) and outputs.dtype == np.float32
    assert ((outputs > 0) & (outputs < 1)).all()
    if count == 7:
        np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-6)


def test_running_statistics_follow_the_momentum() -> None:
    params = SMALL.model_copy(update={"batch_norm_momentum": 0.6})
    head = build_head(4, params, "binary")
    (norm,) = [layer for layer in head.layers if layer.name.startswith("batch_norm")]
    for _ in range(3):
        head(np.full((8, 4), 10.0, np.float32), training=True)
    np.testing.assert_allclose(norm.moving_mean, 10 * (1 - 0.6**3), rtol=1e-5)


def test_a_network_is_backbone_and_head() -> None:
    backbone = tiny.make_small_backbone()
    network = tiny.make_untrained(backbone, "binary").model
    assert network.name == "simple_cnn" and network.output.shape == (None, 1)
    assert network.get_layer("head").input.shape == (None, 2 * (32 + 64 + 128 + 256))
    trained = {id(weight) for weight in network.weights}
    assert {id(weight) for weight in backbone.model.weights} < trained


def test_the_whole_network_ends_in_the_corrected_outputs() -> None:
    network = tiny.make_untrained(tiny.make_small_backbone(), "diagnosis").model
    head = network.get_layer("head")
    plain = keras.Model(head.input, head.get_layer(LAST).output)
    features = np.random.default_rng(0).normal(scale=3, size=(9, *head.input.shape[1:]))
    outputs = tf.nn.softmax(plain(features.astype(np.float32))).numpy().astype(np.float64)
    correction = tiny.make_objective("diagnosis").correction
    floor = correction.label_smoothing / 7
    parts = np.maximum(outputs - floor, LEAST * outputs) / correction.weights
    wanted = parts / parts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(head(features), wanted, rtol=1e-4, atol=1e-6)

"""Portable batch normalisation against Keras' own."""

from typing import Any

import numpy as np
import pytest

from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.batch_norm import PortableBatchNormalization, deviation

GENERATOR = np.random.default_rng(1)
KINDS = (keras.layers.BatchNormalization, PortableBatchNormalization)
APPROXIMATE = {"Rsqrt", "Reciprocal", "RsqrtGrad", "FusedBatchNormV3", "Inv"}


def results(kind: Any, x: Any, training: bool) -> list[Any]:
    """Return outputs, gradients and weights of a layer after one step."""
    layer = kind(momentum=0.9, epsilon=0.01)
    layer.build(x.shape)
    layer.gamma.assign([0.5, 1, 1.5, 2, 2.5])
    layer.moving_variance.assign([2.0, 1, 1.5, 2, 2.5])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training)
        value = tf.reduce_sum(tf.sin(y) * y)
    return [y, *tape.gradient(value, [x, *layer.trainable_variables]), *layer.weights]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", [(16, 5), (4, 6, 6, 5)])
def test_outputs_gradients_and_statistics_are_those_of_keras(
    shape: tuple[int, ...], training: bool
) -> None:
    x = tf.constant(GENERATOR.normal(2, 3, shape).astype(np.float32))
    wanted, found = (results(kind, x, training) for kind in KINDS)
    for one, other in zip(wanted, found, strict=True):
        np.testing.assert_allclose(np.asarray(other), np.asarray(one), rtol=1e-3, atol=2e-4)


def test_a_batch_by_hand() -> None:
    layer = PortableBatchNormalization(epsilon=0.0, momentum=0.5)
    outputs = layer(np.array([[1.0], [3.0]], np.float32), training=True)
    assert outputs.numpy().tolist() == [[-1], [1]]
    assert float(layer.moving_mean[0]) == 1  # half way from 0 to 2
    assert float(layer.moving_variance[0]) == 1


@pytest.mark.parametrize("training", [False, True])
def test_no_approximation_is_in_the_graph_that_runs(training: bool) -> None:
    """Grappler would bring them in, so it is the optimised graph that is looked at."""
    layer = PortableBatchNormalization()
    layer.build((None, 4, 4, 3))

    @tf.function
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(layer(x, training=training)))
        return tape.gradient(loss, layer.trainable_variables)

    assert not operations(step, tf.ones((2, 4, 4, 3))) & APPROXIMATE


def test_a_plain_division_would_be_approximated() -> None:
    """So the test above can fail."""

    @tf.function
    def plain(x: Any) -> Any:
        return x / tf.sqrt(x + 1.0)

    @tf.function
    def spelled(x: Any) -> Any:
        return x / deviation(x, 1.0)

    x = tf.random.uniform((64,))
    assert operations(plain, x) & APPROXIMATE
    assert not operations(spelled, x) & APPROXIMATE


def operations(function: Any, *inputs: Any) -> set[str]:
    """Return the kinds of operations of a graph after Grappler."""
    from tensorflow.python.eager import context

    context.context().enable_graph_collection()
    try:
        function(*inputs)
        metadata = context.context().export_run_metadata()
    finally:
        context.context().disable_graph_collection()
    graphs = [graph.post_optimization_graph for graph in metadata.function_graphs]
    return {node.op for graph in graphs for node in graph.node}

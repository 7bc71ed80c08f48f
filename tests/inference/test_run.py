"""A network run over batches."""

import numpy as np
import pytest

from lesion_pipeline.inference.run import run_network
from lesion_pipeline.tf.load import keras


@pytest.mark.parametrize("workers", [1, 3])
def test_outputs_come_in_order_and_without_dropout(workers: int) -> None:
    vector = keras.Input((3,))
    dropped = keras.layers.Dropout(0.4)(vector)
    model = keras.Model(vector, keras.layers.Dense(2, activation="sigmoid")(dropped))
    batches = np.random.default_rng(0).normal(size=(5, 4, 3)).astype(np.float32)
    outputs = run_network(model, iter(batches), workers)
    wanted = model(np.concatenate(list(batches)), training=False)
    np.testing.assert_allclose(outputs, wanted, atol=1e-6)
    assert outputs.shape == (20, 2) and outputs.dtype == np.float32

from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.web.hidden import HiddenLayer, _before_logits

IMAGES = np.random.default_rng(1).integers(0, 256, (2, 1, 64, 64, 3), dtype=np.uint8)


def test_it_is_the_layer_that_keras_has_before_the_logits(bundle_folder: Path) -> None:
    from lesion_pipeline.networks.archive import load_network
    from lesion_pipeline.tf.load import keras

    model = load_network(bundle_folder / FORMATS["keras"].file)
    head = model.get_layer("head")
    before = keras.Model(head.input, head.get_layer("logits").input)
    features = keras.Model(model.input, model.get_layer("features").output)
    layer = HiddenLayer(bundle_folder / FORMATS["tflite"].file)
    for image in IMAGES:
        expected = np.asarray(before(features(image)))[0]
        assert layer.of(image) == pytest.approx(expected, abs=1e-3)


def test_a_network_that_averages_copies_has_one_too(bundle_of_diagnoses: Path) -> None:
    layer = HiddenLayer(bundle_of_diagnoses / FORMATS["tflite"].file)
    first, second = (layer.of(image) for image in IMAGES)
    assert first.shape == (8,) and not np.array_equal(first, second)
    assert np.array_equal(layer.of(IMAGES[0]), first)


def test_a_network_without_such_a_layer_is_refused() -> None:
    tensors = [
        {"index": 1, "name": "m/head/a", "shape": [5]},
        {"index": 0, "name": "m/logits", "shape": [1, 7]},
    ]
    with pytest.raises(BundleError, match=r"x\.tflite: has no hidden layer before the logits"):
        _before_logits(tensors, Path("x.tflite"))

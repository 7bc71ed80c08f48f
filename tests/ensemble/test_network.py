"""The network of an ensemble computes what `combine` does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.core.labels import MALIGNANT, malignancy
from lesion_pipeline.ensemble.combine import Average, combine
from lesion_pipeline.ensemble.network import ensemble_network
from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.tf.load import keras

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)


def member(seed: int, outputs: int = 7) -> Any:
    """A network; all have the same name and the same names of layers."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((8, 8, 3), dtype="uint8", name="image")
    x = keras.layers.Rescaling(1 / 255, name="scale")(image)
    x = keras.layers.Conv2D(6, 3, name="conv")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(keras.layers.BatchNormalization()(x))
    kind = "softmax" if outputs > 1 else "sigmoid"
    return keras.Model(image, keras.layers.Dense(outputs, kind, name="out")(x), name="same")


@pytest.mark.parametrize("average", ["probabilities", "logits"])
@pytest.mark.parametrize("outputs", [1, 7])
def test_it_computes_the_mean(average: Average, outputs: int) -> None:
    members, weights = [member(seed, outputs) for seed in (1, 2, 3)], np.array([0.5, 0.3, 0.2])
    whole = ensemble_network(members, weights, average, outputs, MALIGNANT)
    each = np.stack([network(IMAGES).numpy() for network in members]).astype(np.float64)
    assert np.ptp(each, axis=0).max() > 0.01
    np.testing.assert_allclose(whole(IMAGES), combine(each, weights, average), atol=1e-6)


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_diagnoses_and_malignancy_are_averaged_as_malignancy(average: Average) -> None:
    members, weights = [member(1, 7), member(2, 1)], np.array([0.5, 0.5])
    whole = ensemble_network(members, weights, average, 1, MALIGNANT)
    each = np.stack([malignancy(network(IMAGES).numpy(), MALIGNANT) for network in members])
    wanted = combine(each[..., None].astype(np.float64), weights, average)
    np.testing.assert_allclose(whole(IMAGES), wanted, atol=1e-6)


def test_members_of_no_weight_are_left_out() -> None:
    members = [member(1), member(2), member(3)]
    whole = ensemble_network(members, np.array([0.5, 0, 0.5]), "probabilities", 7, MALIGNANT)
    names = [layer.name for layer in whole.layers if layer.name.startswith("member")]
    assert names == ["member_1", "member_3"]
    alone = ensemble_network(members, np.array([0, 1.0, 0]), "probabilities", 7, MALIGNANT)
    np.testing.assert_allclose(alone(IMAGES), members[1](IMAGES), atol=1e-7)


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_it_is_saved_folded_and_loaded_without_our_code(average: Average, tmp_path: Path) -> None:
    whole = ensemble_network([member(1), member(2)], np.array([0.5, 0.5]), average, 7, MALIGNANT)
    save_network(whole, tmp_path / "ensemble.keras")
    again = load_network(tmp_path / "ensemble.keras")
    np.testing.assert_array_equal(again(IMAGES), whole(IMAGES))
    np.testing.assert_allclose(folded(again)(IMAGES), whole(IMAGES), atol=1e-5)

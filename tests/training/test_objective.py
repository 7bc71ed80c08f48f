"""What the network is asked, and what class weights do to what it says."""

import numpy as np
import pytest

from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, malignancy
from lesion_pipeline.tf import tf
from lesion_pipeline.training.head import HeadParams, build_head, shift_logits
from lesion_pipeline.training.objective import (
    Target,
    class_weights,
    classes,
    encode,
    log_odds_shift,
    malignancy_logit,
    outputs,
    unweigh,
)

TARGETS: tuple[Target, ...] = ("binary", "diagnosis")
NAMES = list(DIAGNOSES)
HEAD = HeadParams(units=(5,), dropout=(0.0, 0.0), batch_norm_momentum=0.9)
WEIGHTS = {
    "binary": np.array([0.6, 2.5], np.float32),
    "diagnosis": np.array([3.1, 2.2, 1.0, 8.0, 1.7, 0.3, 6.5], np.float32),
}


def test_outputs_are_named_in_order() -> None:
    assert outputs("binary") == ("malignant",)
    assert outputs("diagnosis") == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


def test_classes_are_labels_or_places() -> None:
    diagnoses = ["nv", "mel", "vasc", "akiec", "bcc", "df", "bkl", "nv"]
    assert classes(diagnoses, "binary", MALIGNANT).tolist() == [0, 1, 0, 1, 1, 0, 0, 0]
    assert classes(diagnoses, "diagnosis", MALIGNANT).tolist() == [5, 4, 6, 0, 1, 3, 2, 5]


def test_classes_follow_what_is_malignant() -> None:
    diagnoses = ["nv", "mel", "vasc", "akiec"]
    assert classes(diagnoses, "binary", ("mel", "vasc")).tolist() == [0, 1, 1, 0]
    assert classes(diagnoses, "diagnosis", ("mel", "vasc")).tolist() == [5, 4, 6, 0]


def test_encoded_classes() -> None:
    assert encode(np.array([0, 1, 1]), "binary").tolist() == [[0], [1], [1]]
    one_hot = encode(np.array([4, 0]), "diagnosis")
    assert one_hot.shape == (2, 7) and one_hot.dtype == np.float32
    assert one_hot.argmax(axis=1).tolist() == [4, 0] and one_hot.sum() == 2


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_images_weigh_1_on_average(target: Target, power: float) -> None:
    found = classes(["nv"] * 70 + ["mel"] * 12 + ["df"] * 2 + ["bcc"] * 5, target, MALIGNANT)
    weights = class_weights(found, target, power)
    assert weights.shape == (2 if target == "binary" else 7,) and weights.dtype == np.float32
    assert weights[found].mean() == pytest.approx(1)


def test_power_0_weighs_all_the_same_and_power_1_makes_classes_equal() -> None:
    found = np.array([0] * 6 + [1] * 2)
    assert class_weights(found, "binary", 0).tolist() == [1, 1]
    np.testing.assert_allclose(class_weights(found, "binary", 1), [8 / 12, 8 / 4])
    low, high = class_weights(found, "binary", 0.5)
    assert high / low == pytest.approx(np.sqrt(3))


@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_an_absent_class_weighs_1_and_changes_nothing(power: float) -> None:
    found = classes(["nv"] * 6 + ["mel"] * 2, "diagnosis", MALIGNANT)
    weights = class_weights(found, "diagnosis", power)
    absent = [place for place, dx in enumerate(NAMES) if dx not in ("nv", "mel")]
    assert weights[absent].tolist() == [1] * 5
    two = class_weights(np.array([0] * 6 + [1] * 2), "binary", power)
    np.testing.assert_allclose(weights[[NAMES.index("nv"), NAMES.index("mel")]], two)


@pytest.mark.parametrize("target", TARGETS)
def test_weights_are_taken_from_biases_as_from_probabilities(target: Target) -> None:
    tf.random.set_seed(1)
    head = build_head(4, HEAD, target)
    x = np.random.default_rng(0).normal(scale=3, size=(50, 4)).astype(np.float32)
    wanted = unweigh(head(x).numpy(), WEIGHTS[target])
    shift_logits(head, -log_odds_shift(WEIGHTS[target]))
    np.testing.assert_allclose(head(x).numpy(), wanted, rtol=2e-5, atol=1e-7)
    assert wanted.dtype == np.float64


def test_unweighing_by_hand() -> None:
    # An image of 1 in 4 malignant, seen three times as often when malignant: 3 in 6.
    said = np.array([[0.5]], np.float32)
    np.testing.assert_allclose(unweigh(said, np.array([1, 3], np.float32)), [[0.25]])
    # 1 : 2 : 1 of three diagnoses, weighed 4, 1 and 2: 4 : 2 : 2.
    said = np.array([[0.5, 0.25, 0.25, 0, 0, 0, 0]], np.float32)
    weights = np.array([4, 1, 2, 1, 1, 1, 1], np.float32)
    np.testing.assert_allclose(unweigh(said, weights), [[0.25, 0.5, 0.25, 0, 0, 0, 0]])


@pytest.mark.parametrize("target", TARGETS)
def test_equal_weights_shift_nothing(target: Target) -> None:
    head = build_head(4, HEAD, target)
    before = head.get_layer("probability").bias.numpy()
    shift_logits(head, -log_odds_shift(np.ones_like(WEIGHTS[target])))
    np.testing.assert_array_equal(head.get_layer("probability").bias.numpy(), before)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("malignant", [MALIGNANT, ("mel", "vasc")])
def test_the_logit_of_malignancy_is_that_of_its_probability(
    target: Target, malignant: tuple[str, ...]
) -> None:
    size = len(outputs(target))
    logits = tf.constant(np.random.default_rng(0).normal(scale=2, size=(30, size)), tf.float64)
    said = tf.sigmoid(logits) if target == "binary" else tf.nn.softmax(logits)
    probability = malignancy(said.numpy(), malignant)
    wanted = np.log(probability / (1 - probability))
    np.testing.assert_allclose(malignancy_logit(logits, malignant), wanted, rtol=1e-9, atol=1e-12)


def test_the_logit_of_a_certain_answer_is_finite() -> None:
    logits = np.zeros((2, 7), np.float32)
    logits[0, NAMES.index("mel")] = 300
    logits[1, NAMES.index("nv")] = 300
    said = malignancy_logit(tf.constant(logits), MALIGNANT).numpy()
    np.testing.assert_allclose(said, [300 - np.log(4), np.log(3) - 300], rtol=1e-5)

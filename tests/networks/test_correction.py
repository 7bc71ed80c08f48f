"""Class weights and label smoothing, taken out of the outputs again."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, malignancy
from lesion_pipeline.networks.correction import LEAST, OutputCorrection
from lesion_pipeline.networks.outputs import Target, output_names
from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.draws import Draws
from lesion_pipeline.training.objective import Labels, Objective
from tests import tiny

TARGETS: tuple[Target, ...] = ("binary", "diagnosis")
WEIGHTS = {"binary": (0.6, 2.5), "diagnosis": (3.1, 2.2, 1.0, 8.0, 1.7, 0.3, 6.5)}


def corrected(correction: OutputCorrection, outputs: NDArray[np.float64]) -> NDArray[np.float32]:
    inputs = keras.Input(outputs.shape[1:])
    model = keras.Model(inputs, correction.apply(inputs))
    return np.asarray(model(outputs.astype(np.float32)))


def learnt(probabilities: NDArray[np.float64], correction: OutputCorrection) -> NDArray[np.float64]:
    """The outputs that minimise the loss for the probabilities (images, classes) of the classes."""
    weighted = probabilities * correction.weights
    weighted /= weighted.sum(axis=1, keepdims=True)
    smoothing, count = correction.label_smoothing, probabilities.shape[1]
    return np.asarray((1 - smoothing) * weighted + smoothing / count)


def draw(target: Target, images: int = 50) -> NDArray[np.float64]:
    count = len(WEIGHTS[target])
    return np.random.default_rng(0).dirichlet(np.full(count, 2.0), images) * 0.93 + 0.07 / count


def as_outputs(classes: NDArray[np.float64], target: Target) -> NDArray[np.float64]:
    return classes[:, 1:] if target == "binary" else classes


@pytest.mark.parametrize("smoothing", [0, 0.1, 0.3])
@pytest.mark.parametrize("target", TARGETS)
def test_the_probabilities_of_the_collection_come_back(target: Target, smoothing: float) -> None:
    correction, wanted = OutputCorrection(WEIGHTS[target], smoothing), draw(target)
    found = corrected(correction, as_outputs(learnt(wanted, correction), target))
    np.testing.assert_allclose(found, as_outputs(wanted, target), atol=3e-6)


@pytest.mark.parametrize("dx", DIAGNOSES)
def test_a_certain_diagnosis_comes_out_certain(dx: str) -> None:
    """With HAM10000's weights; a shift of the biases makes a certain dermatofibroma .091."""
    weights = (2.60, 2.05, 1.42, 4.91, 1.43, 0.578, 3.81)
    correction = OutputCorrection(weights, 0.1)
    certain = np.array([[float(name == dx) for name in DIAGNOSES]])
    found = corrected(correction, learnt(certain, correction))
    assert malignancy(found, MALIGNANT)[0] == pytest.approx(float(dx in MALIGNANT), abs=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("truths", ["labels", "teacher", "sampled"])
@pytest.mark.parametrize("target", TARGETS)
def test_what_gradient_descent_learns_is_corrected_to_the_frequencies(
    target: Target, truths: str
) -> None:
    """Two kinds of images, that the network can tell apart but whose diagnoses it can't.

    Also where the truth is a teacher's probability, here of each image another one.
    """
    generator = np.random.default_rng(1)
    diagnoses = generator.choice(list(DIAGNOSES), (2, 400), p=(0.1, 0.1, 0.2, 0.1, 0.2, 0.2, 0.1))
    diagnoses[1, :300] = "nv"
    params = tiny.TRAIN.model_copy(
        update={"target": target, "class_weight_power": 1.0, "label_smoothing": 0.1}
    )
    objective = Objective.from_images(diagnoses.ravel(), MALIGNANT, params)
    taught = None
    if truths == "teacher":
        taught = generator.dirichlet(np.ones(len(objective.class_weights)), 800)
        taught[:400, 0] += 2  # another mean for each kind
        taught /= taught.sum(axis=1, keepdims=True)
    truth, weights = objective.encode(diagnoses.ravel(), taught)
    if truths == "sampled":
        draws = Draws(Labels(truth, weights), 8, 1, "sampling")
        times = np.mean([draws.times(epoch) for epoch in range(300)], axis=0)
        weights = (draws.weights * times).astype(np.float32)
    logits = tf.Variable(tf.zeros((2, truth.shape[1])))
    optimizer = keras.optimizers.Adam(0.05)
    for _ in range(400):
        with tf.GradientTape() as tape:
            losses = objective.loss()(truth, tf.repeat(logits, 400, axis=0))
            loss = tf.reduce_mean(losses * weights)
        optimizer.apply([tape.gradient(loss, logits)], [logits])
    outputs = tf.sigmoid(logits) if target == "binary" else tf.nn.softmax(logits)
    found = corrected(objective.correction, np.asarray(outputs, np.float64))
    wanted = [[(row == dx).mean() for dx in DIAGNOSES] for row in diagnoses]
    if target == "binary":
        wanted = malignancy(wanted, MALIGNANT)[:, None]
    if taught is not None:
        mean = taught.reshape(2, 400, -1).mean(axis=1)
        wanted = mean[:, 1:] if target == "binary" else mean
    np.testing.assert_allclose(found, wanted, atol=0.003 if truths != "sampled" else 0.02)


@pytest.mark.parametrize("target", TARGETS)
def test_the_log_odds_are_those_of_the_corrected_probability(target: Target) -> None:
    correction = OutputCorrection(WEIGHTS[target], 0.1)
    size = len(output_names(target))
    logits = np.random.default_rng(0).normal(size=(30, size)).astype(np.float32)
    wanted = log_odds(correction, logits.astype(np.float64), MALIGNANT)
    np.testing.assert_allclose(correction.log_odds(logits, MALIGNANT), wanted, atol=1e-9)


def test_below_what_smoothing_gives_the_order_stays_and_nothing_is_impossible() -> None:
    correction = OutputCorrection((1.0, 1.0), 0.2)
    found = corrected(correction, np.array([[0.0], [0.01], [0.05], [0.1], [0.111], [0.2]]))[:, 0]
    assert found[0] == 0 and (np.diff(found) > 0).all()
    assert found[2] == pytest.approx(LEAST * 0.05 / (LEAST * 0.05 + 0.85), abs=1e-6)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_added_where_there_is_nothing_to_correct(target: Target) -> None:
    outputs = keras.Input((len(output_names(target)),))
    same = tuple(0.7 for _ in WEIGHTS[target])
    assert OutputCorrection(same, 0).apply(outputs) is outputs


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("malignant", [MALIGNANT, ("mel", "vasc")])
@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_the_gradient_is_that_of_the_log_odds_of_malignancy(
    target: Target, malignant: tuple[str, ...], smoothing: float
) -> None:
    correction = OutputCorrection(WEIGHTS[target], smoothing)
    size = len(output_names(target))
    logits = np.random.default_rng(0).normal(scale=1, size=(30, size)).astype(np.float32)
    found = correction.log_odds_gradient(logits, malignant)
    assert found.shape == logits.shape and found.dtype == np.float32
    for output in range(size):
        step = np.eye(size)[output] * 1e-5
        sides = [log_odds(correction, logits + sign * step, malignant) for sign in (1, -1)]
        wanted = (sides[0] - sides[1]) / 2e-5
        at_a_kink = np.abs(wanted - found[:, output]) > 1e-3
        assert at_a_kink.mean() < 0.1
        np.testing.assert_allclose(found[~at_a_kink, output], wanted[~at_a_kink], atol=1e-4)


def log_odds(
    correction: OutputCorrection, logits: NDArray[np.float64], malignant: tuple[str, ...]
) -> NDArray[np.float64]:
    """The log odds by way of the probability, in float64."""
    values = np.hstack([0 * logits, logits]) if logits.shape[1] == 1 else logits
    outputs = np.exp(values) / np.exp(values).sum(axis=1, keepdims=True)
    floor = correction.label_smoothing / len(correction.weights)
    parts = np.maximum(outputs - floor, LEAST * outputs) / correction.weights
    shares = parts / parts.sum(axis=1, keepdims=True)
    probability = malignancy(shares[:, 1:] if logits.shape[1] == 1 else shares, malignant)
    return np.log(probability / (1 - probability))


@pytest.mark.parametrize("target", TARGETS)
def test_the_gradient_of_a_certain_answer_is_finite_and_not_0(target: Target) -> None:
    logits = np.zeros((2, len(output_names(target))), np.float32)
    place = output_names(target).index("malignant" if target == "binary" else "mel")
    logits[:, place] = (300, -300)
    found = OutputCorrection(WEIGHTS[target], 0.1).log_odds_gradient(logits, MALIGNANT)
    assert np.isfinite(found).all() and found[0, place] == pytest.approx(1, rel=0.1)


def test_a_manifest_names_the_correction() -> None:
    manifest = tiny.make_manifest("binary", class_weights={"benign": 0.5, "malignant": 2.0})
    assert OutputCorrection.of_network(manifest) == OutputCorrection((0.5, 2.0), 0.1)

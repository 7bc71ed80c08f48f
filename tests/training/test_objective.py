"""What the network learns to predict, and how much each class counts."""

import numpy as np
import pytest

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.networks.outputs import Target
from lesion_pipeline.training.objective import Objective, class_weights, classes
from lesion_pipeline.vocabulary import UNDIAGNOSED
from tests import tiny

TARGETS: tuple[Target, ...] = ("binary", "diagnosis")
NAMES = list(DIAGNOSES)
WEIGHTS = {
    "binary": np.array([0.6, 2.5], np.float32),
    "diagnosis": np.array([3.1, 2.2, 1.0, 8.0, 1.7, 0.3, 6.5], np.float32),
}
IMAGES = ["nv"] * 70 + ["mel"] * 12 + ["df"] * 2 + ["bcc"] * 5


def objective(target: Target, smoothing: float = 0.0) -> Objective:
    return Objective(target, MALIGNANT, WEIGHTS[target], smoothing)


def test_classes_are_labels_or_places() -> None:
    diagnoses = ["nv", "mel", "vasc", "akiec", "bcc", "df", "bkl", "nv"]
    assert classes(diagnoses, "binary", MALIGNANT).tolist() == [0, 1, 0, 1, 1, 0, 0, 0]
    assert classes(diagnoses, "diagnosis", MALIGNANT).tolist() == [5, 4, 6, 0, 1, 3, 2, 5]


def test_classes_follow_what_is_malignant() -> None:
    diagnoses = ["nv", "mel", "vasc", "akiec"]
    assert classes(diagnoses, "binary", ("mel", "vasc")).tolist() == [0, 1, 1, 0]
    assert classes(diagnoses, "diagnosis", ("mel", "vasc")).tolist() == [5, 4, 6, 0]


def test_labels_without_diagnoses_are_encoded() -> None:
    binary = Objective("binary", UNDIAGNOSED, WEIGHTS["binary"], 0)
    truth, weights = binary.encode(["benign", "malignant"])
    assert truth.tolist() == [[0], [1]]
    assert weights.tolist() == WEIGHTS["binary"].tolist()


def test_diagnoses_can_not_be_learnt_from_a_collection_without() -> None:
    with pytest.raises(ParamsError, match=r"^train\.target: expected binary, received diagnosis"):
        Objective.from_images(["benign", "malignant"], UNDIAGNOSED, tiny.TRAIN)


def test_encoded_diagnoses_have_the_weights_of_their_classes() -> None:
    truth, weights = objective("binary").encode(["nv", "mel", "bcc"])
    assert truth.tolist() == [[0], [1], [1]] and truth.dtype == weights.dtype == np.float32
    assert weights.tolist() == WEIGHTS["binary"][[0, 1, 1]].tolist()
    truth, weights = objective("diagnosis").encode(["mel", "akiec"])
    assert truth.shape == (2, 7) and truth.dtype == weights.dtype == np.float32
    assert truth.argmax(axis=1).tolist() == [4, 0] and truth.sum() == 2
    assert weights.tolist() == WEIGHTS["diagnosis"][[4, 0]].tolist()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_images_weigh_1_on_average(target: Target, power: float) -> None:
    params = tiny.TRAIN.model_copy(update={"target": target, "class_weight_power": power})
    found = Objective.from_images(IMAGES, MALIGNANT, params)
    weights = found.class_weights
    assert weights.shape == (2 if target == "binary" else 7,) and weights.dtype == np.float32
    assert found.encode(IMAGES).weights.mean() == pytest.approx(1)
    names = ["benign", "malignant"] if target == "binary" else NAMES
    assert list(found.named_weights()) == names
    assert list(found.named_weights().values()) == weights.tolist()
    assert (found.target, found.malignant) == (target, MALIGNANT)
    assert found.label_smoothing == params.label_smoothing


def test_power_0_weighs_all_the_same_and_power_1_makes_classes_equal() -> None:
    found = np.array([0] * 6 + [1] * 2)
    assert class_weights(found, 2, 0).tolist() == [1, 1]
    np.testing.assert_allclose(class_weights(found, 2, 1), [8 / 12, 8 / 4])
    low, high = class_weights(found, 2, 0.5)
    assert high / low == pytest.approx(np.sqrt(3))


@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_an_absent_class_weighs_1_and_changes_nothing(power: float) -> None:
    found = classes(["nv"] * 6 + ["mel"] * 2, "diagnosis", MALIGNANT)
    weights = class_weights(found, 7, power)
    absent = [place for place, dx in enumerate(NAMES) if dx not in ("nv", "mel")]
    assert weights[absent].tolist() == [1] * 5
    two = class_weights(np.array([0] * 6 + [1] * 2), 2, power)
    np.testing.assert_allclose(weights[[NAMES.index("nv"), NAMES.index("mel")]], two)


def test_malignancy_adds_the_malignant_diagnoses() -> None:
    outputs = np.array([[0.25, 0.5, 0.25, 0, 0, 0, 0]], np.float32)
    assert objective("diagnosis").malignancy(outputs).tolist() == [0.75]  # akiec and bcc
    found = objective("binary").malignancy(np.array([[0.25]], np.float32))
    assert found.tolist() == [0.25] and found.dtype == np.float64


def test_the_correction_is_that_of_weights_and_smoothing() -> None:
    correction = objective("binary", 0.1).correction
    assert correction.weights == tuple(WEIGHTS["binary"].tolist())
    assert correction.label_smoothing == 0.1


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_the_loss_is_the_cross_entropy_to_the_smoothed_truth(
    target: Target, smoothing: float
) -> None:
    generator = np.random.default_rng(0)
    if target == "binary":
        truth, outputs = np.array([[0.0], [1], [1], [0]]), generator.uniform(0.05, 0.95, (4, 1))
        wanted = truth * (1 - smoothing) + smoothing / 2
        losses = -wanted * np.log(outputs) - (1 - wanted) * np.log(1 - outputs)
    else:
        truth, outputs = np.eye(7)[[4, 0, 6, 5]], generator.uniform(0.05, 0.95, (4, 7))
        outputs /= outputs.sum(axis=1, keepdims=True)
        wanted = truth * (1 - smoothing) + smoothing / 7
        losses = -wanted * np.log(outputs)
    logits = np.log(outputs) - (np.log(1 - outputs) if target == "binary" else 3)
    found = objective(target, smoothing).loss()(truth.astype(np.float32), logits.astype(np.float32))
    np.testing.assert_allclose(found, losses.sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("target", TARGETS)
def test_certain_targets_are_encoded_as_their_labels(target: Target) -> None:
    aim = objective(target)
    wanted, found = aim.encode(IMAGES), aim.encode(IMAGES, aim.certain(IMAGES))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
        assert one.dtype == np.float32 and one.shape == other.shape


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_has_the_mean_loss_of_what_it_may_be(target: Target) -> None:
    aim = objective(target, smoothing=0.1)
    count = len(WEIGHTS[target])
    generator = np.random.default_rng(0)
    targets = generator.dirichlet(np.ones(count), 5)
    logits = generator.normal(size=(5, 1 if target == "binary" else 7)).astype(np.float32)
    names = ["nv", "mel"] if target == "binary" else NAMES
    truth, weights = aim.encode(["nv"] * 5, targets)
    found = aim.loss()(truth, logits).numpy() * weights
    wanted = np.zeros(5)
    for place, name in enumerate(names):
        truth, weights = aim.encode([name] * 5)
        wanted += targets[:, place] * aim.loss()(truth, logits).numpy() * weights
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_outputs_become_probabilities_of_the_classes() -> None:
    assert objective("binary").by_class(np.array([[0.25]], np.float32)).tolist() == [[0.75, 0.25]]
    found = objective("diagnosis").by_class(np.full((2, 7), 0.15, np.float32))
    np.testing.assert_allclose(found, 1 / 7)

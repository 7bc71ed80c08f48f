"""What training reads: every image in its turn, with its own truth and weight."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.embedding.augment import augment, draw_plan
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.outputs import Target
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import tf
from lesion_pipeline.training.batches import ImageBatches, StoredBatches
from lesion_pipeline.training.division import Division
from lesion_pipeline.training.draws import Draws
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import Balance
from lesion_pipeline.vocabulary import UNDIAGNOSED
from tests import tiny

STILL = tiny.AUGMENT.model_copy(
    update={"flips": False, "quarter_turns": False, "rotation_degrees": 0.0, "zoom": 0.0,
            "brightness": 0.0, "contrast": 0.0}
)  # fmt: skip
COUNT, COPIES = 24, 3  # images; copies of each, the plain one included
CLASSES = np.arange(COUNT) % 7
WEIGHTS = np.linspace(0.5, 2, 7).astype(np.float32)
SEVEN = Objective("diagnosis", MALIGNANT, WEIGHTS, label_smoothing=0)
LABELS = SEVEN.encode(np.array(list(DIAGNOSES))[CLASSES])


def store(
    folder: Path, cut: Cut = "top", shape: tuple[int, ...] = (5,), flips: bool = True
) -> EmbeddingStore:
    """Write numbers no two of which are the same: by copy, image, and place."""
    EmbeddingManifest(
        cut=cut, features="last", shape=shape, augmentations=COPIES - 1,
        augment=STILL.model_copy(update={"flips": flips}),
    ).write(folder / "manifest.json")  # fmt: skip
    embeddings = EmbeddingStore(folder)
    places = np.arange(np.prod(shape)).reshape(shape) / 64
    for copy in range(COPIES):
        array = COUNT * copy + np.arange(COUNT).reshape(-1, *[1] * len(shape)) + places
        np.save(embeddings.path("train", copy), array.astype(np.float16))
    val = np.random.default_rng(0).normal(size=(70, *shape)).astype(np.float32)
    np.save(embeddings.path("val"), val)
    return embeddings


def rows(split: str, count: int, start: int = 0) -> pd.DataFrame:
    """As many rows of `RecordIndex.rows`, from one on."""
    found = {"image_id": [f"{split}_{n}" for n in range(start, start + count)], "split": split}
    return pd.DataFrame(found).assign(row=range(start, start + count))


WHOLE = Division(rows("train", COUNT), rows("val", 70), rows("train", COUNT))


def read(
    embeddings: EmbeddingStore, size: int = 8, seed: int = 1, division: Division = WHOLE
) -> StoredBatches:
    return StoredBatches(embeddings, division, Draws(LABELS, size, seed, "weights"))


def found(batches: Any, number: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """All of an epoch: inputs, truth, weights."""
    parts = [[np.asarray(part) for part in batch] for batch in batches.epoch(number)]
    inputs, truth, weights = (np.concatenate(of_one) for of_one in zip(*parts, strict=True))
    return inputs, truth, weights


def images_of(inputs: NDArray[Any]) -> NDArray[np.int64]:
    """Which image each row is of, and which copy, from the least number in it."""
    least = inputs.reshape(len(inputs), -1).min(axis=1)
    return np.stack([least % COUNT, least // COUNT], axis=1).astype(int)


def test_an_epoch_has_each_image_once_in_some_copy(tmp_path: Path) -> None:
    batches = read(store(tmp_path))
    assert batches.steps == 3
    assert [len(inputs) for inputs, _, _ in batches.epoch(0)] == [8, 8, 8]
    for epoch in range(3):
        places = images_of(found(batches, epoch)[0])
        assert sorted(places[:, 0]) == list(range(COUNT))
        assert set(places[:, 1]) == set(range(COPIES))


def test_stored_inputs_stay_with_truth_and_weight_and_are_float32(tmp_path: Path) -> None:
    embeddings = store(tmp_path)
    inputs, truth, weights = found(read(embeddings), 0)
    assert inputs.dtype == truth.dtype == weights.dtype == np.float32
    for row, (image, copy) in enumerate(images_of(inputs)):
        np.testing.assert_array_equal(inputs[row], embeddings.load("train", copy)[image])
        assert truth[row].argmax() == CLASSES[image] and truth[row].sum() == 1
        assert weights[row] == WEIGHTS[CLASSES[image]]


def test_what_is_less_than_a_batch_is_left_out_another_time_another(tmp_path: Path) -> None:
    batches = read(store(tmp_path), size=7)
    assert batches.steps == 3
    left = []
    for epoch in range(8):
        images = images_of(found(batches, epoch)[0])[:, 0]
        assert len(set(images)) == len(images) == 21
        left.append(tuple(sorted(set(range(COUNT)) - set(images))))
    assert len(set(left)) > 4


def test_a_batch_is_no_larger_than_the_collection(tmp_path: Path) -> None:
    batches = read(store(tmp_path), size=1000)
    assert batches.steps == 1 and len(found(batches, 0)[0]) == COUNT


def test_a_stored_epoch_depends_on_seed_and_number_alone(tmp_path: Path) -> None:
    embeddings = store(tmp_path, 2, (3, 3, 2))
    batches = read(embeddings)
    epochs = [found(batches, number)[0] for number in (0, 1, 2)]
    orders = {tuple(images_of(inputs)[:, 0]) for inputs in epochs}
    assert len(orders | {tuple(range(COUNT))}) == 4
    np.testing.assert_array_equal(found(batches, 1)[0], epochs[1])
    np.testing.assert_array_equal(found(read(embeddings), 2)[0], epochs[2])
    assert (found(read(embeddings, seed=2), 0)[0] != epochs[0]).any()


def test_maps_are_mirrored_both_ways(tmp_path: Path) -> None:
    embeddings = store(tmp_path, 2, (3, 4, 2))
    ways = []
    for epoch in range(4):
        inputs, _, _ = found(read(embeddings), epoch)
        for row, (image, copy) in zip(inputs, images_of(inputs), strict=True):
            plain = embeddings.load("train", copy)[image]
            turned = [plain[::up, ::left] for up in (1, -1) for left in (1, -1)]
            (way,) = [way for way, part in enumerate(turned) if (part == row).all()]
            ways.append(way)
    assert np.bincount(ways, minlength=4).min() > 10  # of 96


@pytest.mark.parametrize(("cut", "shape", "flips"), [("top", (6,), True), (2, (3, 4, 2), False)])
def test_vectors_and_copies_without_flips_are_not_mirrored(
    tmp_path: Path, cut: Cut, shape: tuple[int, ...], flips: bool
) -> None:
    embeddings = store(tmp_path, cut, shape, flips)
    inputs, _, _ = found(read(embeddings), 0)
    for row, (image, copy) in zip(inputs, images_of(inputs), strict=True):
        np.testing.assert_array_equal(row, embeddings.load("train", copy)[image])


def test_val_comes_in_order_and_whole(tmp_path: Path, records: Records) -> None:
    embeddings = store(tmp_path)
    stored = list(read(embeddings).val())
    assert [len(part) for part in stored] == [16, 16, 16, 16, 6]
    np.testing.assert_array_equal(np.concatenate(stored), embeddings.load("val"))
    images = list(images_batches(records).val())
    plain = list(records.images("val").as_numpy_iterator())
    np.testing.assert_array_equal(np.concatenate(images), plain)


def images_batches(
    records: Records, target: Target = "diagnosis", augmentation: Any = STILL, size: int = 8
) -> ImageBatches:
    return batches_of(records, augmentation, objective(target), size)


def batches_of(
    records: Records, augmentation: Any, aim: Objective, size: int, balance: Balance = "weights"
) -> ImageBatches:
    division = Division.of_splits(records)
    draws = Draws(aim.encode(division.trained["dx"]), size, 1, balance)
    return ImageBatches(records, augmentation, division, draws)


def objective(target: Target) -> Objective:
    weights = WEIGHTS if target == "diagnosis" else WEIGHTS[[1, 5]]
    return Objective(target, MALIGNANT, weights, label_smoothing=0)


@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_images_stay_with_truth_and_weight(records: Records, target: Target) -> None:
    labels = objective(target).encode(records.index("train")["dx"])
    known = {
        image.tobytes(): place
        for place, image in enumerate(records.images("train").as_numpy_iterator())
    }
    batches, orders = images_batches(records, target), []
    for epoch in range(2):
        images, truth, weighs = found(batches, epoch)
        assert images.dtype == np.uint8 and truth.dtype == weighs.dtype == np.float32
        rows = [known[image.tobytes()] for image in images]
        assert sorted(rows) == list(range(COUNT))
        np.testing.assert_array_equal(truth, labels.truth[rows])
        np.testing.assert_allclose(weighs, labels.weights[rows])
        orders.append(rows)
    assert orders[0] != orders[1]


def test_images_without_diagnoses_have_the_truth_of_their_labels(
    undiagnosed_records: Records,
) -> None:
    binary = Objective("binary", UNDIAGNOSED, WEIGHTS[[1, 5]], label_smoothing=0)
    _, truth, weights = found(batches_of(undiagnosed_records, STILL, binary, 8), 0)
    labels = undiagnosed_records.index("train")["label"]
    assert truth.shape == (COUNT, 1) and truth.sum() == labels.sum()
    np.testing.assert_allclose(weights, WEIGHTS[[1, 5]][truth[:, 0].astype(int)])


def test_images_less_than_a_batch_are_left_out(records: Records) -> None:
    batches = images_batches(records, size=10)
    assert batches.steps == 2
    assert [len(images) for images, _, _ in batches.epoch(0)] == [10, 10]
    assert images_batches(records, size=1000).steps == 1


def test_an_epoch_of_images_is_repeated_exactly_and_the_next_is_another(records: Records) -> None:
    batches = images_batches(records, augmentation=tiny.AUGMENT)
    first, second = found(batches, 3), found(batches, 4)
    for wanted, again in zip(first, found(batches, 3), strict=True):
        np.testing.assert_array_equal(again, wanted)
    other = images_batches(records, augmentation=tiny.AUGMENT)
    np.testing.assert_array_equal(found(other, 4)[0], second[0])
    assert (first[0] != second[0]).any()


def test_each_epoch_augments_anew(records: Records) -> None:
    batches = images_batches(records, augmentation=tiny.AUGMENT)
    plain = images_batches(records)
    for epoch in range(2):
        plan = draw_plan(COUNT, tiny.AUGMENT, [1, epoch])
        wanted = augment(tf.constant(found(plain, epoch)[0]), plan).numpy()
        np.testing.assert_array_equal(found(batches, epoch)[0], wanted)


FOLD = Division(  # half of train and of val, trained on; the other half of val, scored on
    pd.concat([rows("train", 12), rows("val", 12)], ignore_index=True),
    pd.concat([rows("train", 12, 12), rows("val", 20, 12)], ignore_index=True),
    rows("train", COUNT),
)


def test_a_fold_reads_images_of_both_splits(tmp_path: Path) -> None:
    """Those of val have the plain copy only, unless copies of val are stored as well."""
    embeddings = store(tmp_path)
    val = embeddings.load("val")
    for _, name in enumerate(["plain", "augmented"]):
        if name == "augmented":
            manifest = embeddings.manifest.model_copy(update={"augmented_val": True})
            manifest.write(tmp_path / "manifest.json")
            embeddings = EmbeddingStore(tmp_path)
            for copy in range(1, COPIES):
                np.save(embeddings.path("val", copy), val + 1000 * copy)
        batches, seen = read(embeddings, division=FOLD), set()
        for epoch in range(3):
            inputs = found(batches, epoch)[0]
            assert len(inputs) == COUNT
            for vector in inputs:
                seen |= {
                    (row, copy)
                    for row in range(12)
                    for copy in range(COPIES)
                    if np.allclose(vector, val[row] + 1000 * copy, atol=1e-4)
                }
        assert {row for row, _ in seen} == set(range(12))
        assert {copy for _, copy in seen} == ({0} if name == "plain" else set(range(COPIES)))
    scored = np.concatenate(list(batches.val()))
    wanted = np.concatenate([embeddings.load("train")[12:24], val[12:32]]).astype(np.float32)
    np.testing.assert_array_equal(scored, wanted)
    assert scored.dtype == np.float32


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stored", "images"])
def test_sampling_draws_an_image_as_often_as_its_weight_says(
    tmp_path: Path, records: Records, kind: str
) -> None:
    if kind == "stored":
        draws = Draws(LABELS, 8, 1, "sampling")
        batches: Any = StoredBatches(store(tmp_path), WHOLE, draws)
        weights = LABELS.weights
    else:
        batches = batches_of(records, STILL, SEVEN, 8, "sampling")
        weights = SEVEN.encode(records.index("train")["dx"]).weights
        known = {x.tobytes(): n for n, x in enumerate(records.images("train").as_numpy_iterator())}
    times = np.zeros(COUNT)
    for epoch in range(30):
        inputs, _, one = found(batches, epoch)
        assert len(inputs) == COUNT and (one == 1).all()
        if kind == "stored":
            numbers = images_of(inputs)[:, 0]
        else:
            numbers = np.array([known[image.tobytes()] for image in inputs])
        here = np.bincount(numbers, minlength=COUNT)
        wanted = weights * COUNT / weights.sum()
        assert (np.floor(wanted) <= here).all() and (here <= np.ceil(wanted)).all()
        times += here
    np.testing.assert_allclose(times / 30, wanted, atol=0.3)

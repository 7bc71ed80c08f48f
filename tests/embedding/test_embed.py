import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.embedding import embed as module
from lesion_pipeline.embedding.components import fit_components
from lesion_pipeline.embedding.embed import embed
from lesion_pipeline.embedding.join import join
from lesion_pipeline.features.feature_tensor import feature_tensor
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.frozen.frozen_part import FrozenPart
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.shards.execution import Execution, Part, local
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.shards.task import WORK, Facts, ShardTask
from lesion_pipeline.tf.load import keras
from tests import tiny

pytestmark = pytest.mark.slow
TWO = local(workers=2)
NINE = tiny.EMBED.model_copy(update={"components": 9})


@pytest.fixture(scope="module")
def backbone_folder(lite0: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stage finds the backbone."""
    folder = tmp_path_factory.mktemp("backbone")
    lite0.save(folder)
    return folder


def run(
    backbone: Path,
    records: Records,
    folder: Path,
    params: EmbedParams = tiny.EMBED,
    execution: Execution = TWO,
) -> None:
    """Embed into folder/embeddings, as the stage does."""
    with shard_folder(folder / "embeddings", "key", execution) as target:
        embed(backbone, records.folder, target, params, execution)


def nobody(tasks: Sequence[ShardTask]) -> Iterator[tuple[ShardTask, Facts]]:
    raise AssertionError(f"nothing is left to be made, not {tasks}")


def test_copy_0_is_what_the_network_computes_for_the_plain_image(
    lite0: Network, records: Records, embeddings: EmbeddingStore
) -> None:
    features = feature_tensor(lite0.model, lite0.manifest.stages, "multilevel")
    network = keras.Model(lite0.model.input, features)
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    wanted = network(images, training=False).numpy()
    np.testing.assert_allclose(
        embeddings.load("val"), wanted, rtol=0, atol=1e-4 * np.abs(wanted).max()
    )


def test_a_file_for_each_split_and_copy(embeddings: EmbeddingStore) -> None:
    names = sorted(path.name for path in embeddings.folder.iterdir())
    copies = ["train-augmented1.npy", "train-augmented2.npy", "train.npy"]
    assert names == ["manifest.json", "test.npy", *copies, "val.npy"]
    for split, count in tiny.COUNTS.items():
        dtype = np.float16 if split == "train" else np.float32
        array = embeddings.load(split)
        assert array.shape == (count, 6176) and array.dtype == dtype


def test_after_a_stage_its_map_is_stored(
    lite0: Network, records: Records, embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    stored = tiny.make_embeddings(lite0, records, tmp_path / "embeddings", cut=4)
    names = sorted(path.name for path in stored.folder.iterdir())
    copies = ["train-augmented1.npy", "train-augmented2.npy", "train.npy"]
    assert names == ["manifest.json", *copies, "val.npy"]  # no stage reads the maps of test
    end = lite0.model.get_layer(lite0.manifest.stages[3]).output
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    wanted = keras.Model(lite0.model.input, end)(images, training=False).numpy()
    np.testing.assert_allclose(stored.load("val"), wanted, rtol=1e-4, atol=1e-4)
    assert (stored.manifest.cut, embeddings.manifest.cut) == (4, "top")
    assert stored.manifest.augmentations == embeddings.manifest.augmentations == 2
    assert stored.manifest.shape == wanted.shape[1:]
    assert stored.manifest.augment == embeddings.manifest.augment == tiny.AUGMENT


def test_copies_differ_from_the_plain_image_and_from_each_other(
    embeddings: EmbeddingStore,
) -> None:
    copies = [np.asarray(embeddings.load("train", copy), np.float32) for copy in range(3)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (np.abs(copies[one] - copies[other]).max(axis=1) > 0.01).all()


def test_a_copy_does_not_depend_on_the_batch_size(
    lite0: Network, records: Records, embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    params = tiny.EMBED.model_copy(update={"batch_size": 5})
    mine = tiny.embedded(lite0, records, tmp_path / "embeddings", params).load("train", 2)
    other = embeddings.load("train", 2)
    # A pixel that falls on .5 may be rounded otherwise; a different copy differs far more.
    difference = np.abs(mine.astype(np.float32) - other.astype(np.float32))
    assert difference.max() < 0.05 and difference.mean() < 1e-3


@pytest.mark.parametrize("workers", [1, 3])
def test_another_number_of_workers_writes_the_same_bytes(
    backbone_folder: Path,
    records: Records,
    embeddings: EmbeddingStore,
    tmp_path: Path,
    workers: int,
) -> None:
    run(backbone_folder, records, tmp_path, execution=local(workers))
    for file in embeddings.folder.iterdir():
        assert (tmp_path / "embeddings" / file.name).read_bytes() == file.read_bytes()


def test_a_network_without_a_frozen_part_has_nothing_to_embed(
    records: Records, tmp_path: Path
) -> None:
    network = tiny.make_backbone("simple_cnn")
    stored = tiny.embedded(network, records, tmp_path / "embeddings", tiny.EMBED)
    manifest = stored.manifest
    assert (manifest.cut, manifest.shape, manifest.augmentations) == ("input", (), 0)
    assert [path.name for path in stored.folder.iterdir()] == ["manifest.json"]


def test_features_that_are_not_finite_are_refused(records: Records, tmp_path: Path) -> None:
    network = tiny.make_small_backbone()
    kernel = network.model.get_layer("block4_conv").kernel
    kernel.assign(kernel * 1e30)
    with pytest.raises(ModelError, match="an output of the network is not finite as float16"):
        tiny.embedded(network, records, tmp_path / "embeddings", tiny.EMBED)


def test_what_is_finished_is_not_computed_again(
    backbone_folder: Path, records: Records, embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    """A file that is joined, and a piece with its note."""
    partial = tmp_path / "embeddings.key.partial"
    notes = partial / WORK
    notes.mkdir(parents=True)
    (partial / "train.npy").write_bytes(b"finished")
    size = 10 * 6176 * 4  # of val, the first file of records: it has 10 of the 12 images
    (partial / "val.npy.00000").write_bytes(bytes(size))
    facts = {"bytes": size, "facts": {}}
    (notes / "val.npy.00000.json").write_text(json.dumps(facts))
    run(backbone_folder, records, tmp_path)
    found = tmp_path / "embeddings"
    assert (found / "train.npy").read_bytes() == b"finished"
    val, wanted = EmbeddingStore(found).load("val"), embeddings.load("val")
    assert not val[:10].any()
    np.testing.assert_array_equal(val[10:], wanted[10:])
    for name in ("train-augmented1.npy", "train-augmented2.npy", "test.npy"):
        assert (found / name).read_bytes() == (embeddings.folder / name).read_bytes()


def test_what_is_not_finished_is_not_there(
    backbone_folder: Path, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: FrozenPart, batches: Any) -> Any:
        yield np.zeros((4, 6176), np.float32)
        raise KeyboardInterrupt

    monkeypatch.setattr(FrozenPart, "outputs", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(backbone_folder, records, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["embeddings.key.partial"]
    assert [path.name for path in (tmp_path / "embeddings.key.partial").iterdir()] == [WORK]
    assert list((tmp_path / "embeddings.key.partial" / WORK).iterdir()) == []


def test_parts_by_several_jobs_give_the_same_bytes(
    backbone_folder: Path, records: Records, embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    for index in (2, 1, 3):
        with pytest.raises(SystemExit):
            run(
                backbone_folder, records, tmp_path, execution=replace(local(1), part=Part(index, 3))
            )
    assert [path.name for path in tmp_path.iterdir()] == ["embeddings.key.partial"]
    run(backbone_folder, records, tmp_path, execution=Execution(nobody))
    for file in embeddings.folder.iterdir():
        assert (tmp_path / "embeddings" / file.name).read_bytes() == file.read_bytes()


def test_images_of_val_have_copies_if_asked(
    lite0: Network, records: Records, embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    """As many as those of train, in float16; all else is as without them."""
    params = tiny.EMBED.model_copy(update={"augment_val": True})
    stored = tiny.embedded(lite0, records, tmp_path / "embeddings", params)
    assert stored.manifest.augmented_val and not embeddings.manifest.augmented_val
    assert (stored.copies("train"), stored.copies("val"), stored.copies("test")) == (3, 3, 1)
    assert (embeddings.copies("train"), embeddings.copies("val")) == (3, 1)
    for file in embeddings.folder.glob("*.npy"):
        assert (stored.folder / file.name).read_bytes() == file.read_bytes()
    plain, *augmented = (np.asarray(stored.load("val", copy), np.float32) for copy in range(3))
    for copy in (1, 2):
        assert stored.load("val", copy).dtype == np.float16
        assert stored.load("val", copy).shape == plain.shape
    assert (augmented[0] != augmented[1]).any() and (augmented[0] != plain).any()


@pytest.fixture(scope="module")
def reduced(
    lite0: Network, records: Records, tmp_path_factory: pytest.TempPathFactory
) -> EmbeddingStore:
    """Nine components in place of the features."""
    folder = tmp_path_factory.mktemp("reduced") / "embeddings"
    return tiny.embedded(lite0, records, folder, NINE)


def test_components_are_those_of_the_features(
    embeddings: EmbeddingStore, reduced: EmbeddingStore
) -> None:
    """Fitted on the plain images of train, and computed for all that would be stored."""
    assert (reduced.manifest.components, reduced.manifest.shape) == (9, (9,))
    assert embeddings.components() is None
    components = reduced.components()
    assert components is not None
    train = embeddings.load("train")
    fitted = fit_components([train], len(train), 9, tiny.EMBED.seed)
    np.testing.assert_array_equal(components.axes, fitted.axes)
    for split, copy in (("train", 0), ("train", 2), ("val", 0), ("test", 0)):
        found, features = reduced.load(split, copy), embeddings.load(split, copy)
        assert found.dtype == features.dtype and found.shape == (len(features), 9)
        np.testing.assert_allclose(found, components.of(features), rtol=1e-3, atol=1e-3)


def test_there_are_no_more_components_than_images_allow(records: Records, tmp_path: Path) -> None:
    params = NINE.model_copy(update={"components": 1000})
    stored = tiny.embedded(tiny.make_small_backbone(), records, tmp_path / "embeddings", params)
    assert stored.manifest.components == tiny.COUNTS["train"] - 1 == 23


@pytest.mark.parametrize("joined", [0, 1, 3])
def test_after_a_kill_while_files_are_joined_the_rest_has_the_same_bytes(
    backbone_folder: Path,
    records: Records,
    reduced: EmbeddingStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    joined: int,
) -> None:
    count = 0

    def interrupted(*arguments: Any) -> None:
        nonlocal count
        if count == joined:
            raise KeyboardInterrupt
        count += 1
        join(*arguments)

    monkeypatch.setattr(module, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(backbone_folder, records, tmp_path, NINE)
    monkeypatch.setattr(module, "join", join)
    run(backbone_folder, records, tmp_path, NINE, Execution(nobody))
    names = {file.name for file in (tmp_path / "embeddings").iterdir()}
    assert names == {file.name for file in reduced.folder.iterdir()} >= {"components.npy"}
    for file in reduced.folder.iterdir():
        assert (tmp_path / "embeddings" / file.name).read_bytes() == file.read_bytes()

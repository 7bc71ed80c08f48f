from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError, ModelError
from lesion_pipeline.embedding.embed import embed
from lesion_pipeline.embedding.features import feature_tensor
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf import keras
from tests import tiny


def test_view_0_is_what_the_network_says_of_the_plain_image(
    lite0: Network, records: Records, embeddings: Embeddings
) -> None:
    features = feature_tensor(lite0.model, lite0.manifest["stages"], "multilevel")
    network = keras.Model(lite0.model.input, features)
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    wanted = network(images, training=False).numpy()
    np.testing.assert_allclose(embeddings.load("val"), wanted, rtol=1e-4, atol=1e-5)


def test_a_file_for_each_split_and_view(embeddings: Embeddings) -> None:
    names = sorted(path.name for path in embeddings.folder.iterdir())
    views = [f"train-view{view}.npy" for view in range(3)]
    assert names == ["manifest.json", "test-view0.npy", *views, "val-view0.npy"]
    for split, count in tiny.COUNTS.items():
        kind = np.float16 if split == "train" else np.float32
        array = embeddings.load(split)
        assert array.shape == (count, 6176) and array.dtype == kind


def test_after_a_stage_its_map_is_stored(
    lite0: Network, records: Records, embeddings: Embeddings, tmp_path: Path
) -> None:
    stored = tiny.make_embeddings(lite0, records, tmp_path / "embeddings", cut=4)
    names = sorted(path.name for path in stored.folder.iterdir())
    views = [f"train-view{view}.npy" for view in range(3)]
    assert names == ["manifest.json", *views, "val-view0.npy"]  # nobody needs the maps of test
    end = lite0.model.get_layer(lite0.manifest["stages"][3]).output
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    wanted = keras.Model(lite0.model.input, end)(images, training=False).numpy()
    np.testing.assert_allclose(stored.load("val"), wanted, rtol=1e-4, atol=1e-4)
    assert (stored.cut, stored.views, embeddings.cut, embeddings.views) == (4, 3, "top", 3)
    assert tuple(stored.manifest["shape"]) == wanted.shape[1:]
    assert stored.augmentation == embeddings.augmentation == tiny.AUGMENT


def test_single_images_are_read_from_a_view(embeddings: Embeddings) -> None:
    rows, view = embeddings.rows("train", 2), embeddings.load("train", 2)
    for image in (23, 0, 7):
        np.testing.assert_array_equal(rows[image], view[image])
        assert rows[image].dtype == view.dtype


def test_views_differ_from_the_plain_image_and_from_each_other(embeddings: Embeddings) -> None:
    views = [np.asarray(embeddings.load("train", view), np.float32) for view in range(3)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (np.abs(views[one] - views[other]).max(axis=1) > 0.01).all()


def test_a_view_does_not_depend_on_the_batch_size(
    lite0: Network, records: Records, embeddings: Embeddings, tmp_path: Path
) -> None:
    embed(lite0, records, tmp_path, tiny.EMBED.model_copy(update={"batch_size": 5}), workers=2)
    mine, other = Embeddings(tmp_path).load("train", 2), embeddings.load("train", 2)
    # A pixel that falls on .5 may be rounded otherwise; a different view differs far more.
    difference = np.abs(mine.astype(np.float32) - other.astype(np.float32))
    assert difference.max() < 0.05 and difference.mean() < 1e-3


def test_two_runs_write_the_same_bytes(
    lite0: Network, records: Records, embeddings: Embeddings, tmp_path: Path
) -> None:
    embed(lite0, records, tmp_path, tiny.EMBED, workers=2)
    for file in embeddings.folder.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_a_network_without_a_frozen_part_has_nothing_to_embed(
    records: Records, tmp_path: Path
) -> None:
    manifest = embed(tiny.make_backbone("simple_cnn"), records, tmp_path, tiny.EMBED, workers=2)
    assert (manifest["shape"], manifest["views"]) == ([], 0)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_features_that_are_not_finite_are_refused(records: Records, tmp_path: Path) -> None:
    network = tiny.make_backbone("vgg16")
    kernel = network.model.get_layer("block3_conv1").kernel
    kernel.assign(kernel * 1e30)
    with pytest.raises(ModelError, match="what the network gives is not finite as float16"):
        embed(network, records, tmp_path, tiny.EMBED, workers=2)


def test_missing_features_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"val-view0\.npy"):
        Embeddings(tmp_path).load("val")

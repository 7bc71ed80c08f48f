"""The disk that records take, told before and found after; and a disk that is too small."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from lesion_pipeline import paths
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import CLASSES, MALIGNANT, SPLITS
from lesion_pipeline.core.params import load_params
from lesion_pipeline.disk import size_of
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.preprocessing.preprocess import preprocess
from lesion_pipeline.preprocessing.size import SAMPLED, records_bytes
from lesion_pipeline.records.manifest import Encoding
from lesion_pipeline.sample.drawing import draw_sample_image
from lesion_pipeline.shards.execution import local
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.splitting.summary import Counts, Merged, SplitSummary
from tests import tiny
from tests.code_deps import ROOT

PARAMS = PreprocessParams(
    image_size=128, resize="squash", encoding="raw", images_per_shard=20, max_bad_fraction=0.5
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Path]:
    """Twice as many images as are looked at, of three pictures."""
    folder = tmp_path_factory.mktemp("collection") / "images"
    table = tiny.make_images(folder)
    more = table.assign(image_id=table["image_id"] + "_again")
    pictures = [draw_sample_image("size", dx, 1, seed) for seed, dx in enumerate(("mel", "nv"))]
    for number, name in enumerate([*table["image_id"], *more["image_id"]]):
        picture = Image.fromarray(pictures[number % 2])
        picture.resize((200 + number, 150)).save(folder / f"{name}.jpg", quality=95)
    return pd.concat([table, more], ignore_index=True), folder


@pytest.mark.parametrize("encoding", ["raw", "png", "jpeg"])
def test_it_is_what_is_written(
    collection: tuple[pd.DataFrame, Path], tmp_path: Path, encoding: Encoding
) -> None:
    table, images = collection
    params = PARAMS.model_copy(update={"encoding": encoding})
    assert len(table) > 2 * SAMPLED
    told = records_bytes(table, images, params)
    execution = local(1)
    with shard_folder(tmp_path / "records", "key", execution) as target:
        preprocess(table, MALIGNANT, images, target, params, execution)
    assert told == pytest.approx(size_of(tmp_path / "records"), rel=0.02)


def test_images_that_cannot_be_decoded_are_left_out(
    collection: tuple[pd.DataFrame, Path], tmp_path: Path
) -> None:
    table, images = collection
    whole = records_bytes(table, images, PARAMS)
    shutil.copytree(images, tmp_path / "images")
    for name in table["image_id"][:40]:
        (tmp_path / "images" / f"{name}.jpg").write_bytes(b"")
    assert records_bytes(table, tmp_path / "images", PARAMS) == pytest.approx(whole, rel=0.001)
    (tmp_path / "none").mkdir()
    assert records_bytes(table, tmp_path / "none", PARAMS) == 0


def test_the_stage_refuses_a_disk_that_is_too_small(
    collection: tuple[pd.DataFrame, Path], small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it decodes more than a few images: 96 of them take 14 MB, the disk has 1."""
    import stages.preprocess

    table, images = collection
    monkeypatch.chdir(small_disk)
    (small_disk / paths.RAW).mkdir(parents=True)
    (small_disk / paths.IMAGES).symlink_to(images)
    (small_disk / paths.SPLIT).parent.mkdir()
    table.to_csv(paths.SPLIT, index=False)
    shutil.copy(ROOT / "params.yaml", small_disk)
    none = dict.fromkeys(CLASSES, Counts(images=0, lesions=0))
    SplitSummary(
        params=load_params("split", SplitParams), malignant=MALIGNANT,
        counts=dict.fromkeys(SPLITS, none), positive_weight=1.0,
        merged=Merged(pairs=0, ids_gone=0), lesion_ids={},
    ).write(paths.SPLIT_SUMMARY)  # fmt: skip
    with pytest.raises(DataError, match=r"^Records need 14 MB in data, and 1.0 MB are free"):
        stages.preprocess.main()
    assert not paths.RECORDS.exists()
    assert not list(Path("data").rglob("*.tfrecord*"))

"""The picture of pairs that look alike."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.gallery import near_duplicates as module
from lesion_pipeline.gallery.near_duplicates import near_duplicates
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.gallery.sheet import SIZE
from lesion_pipeline.images import read_image


@pytest.fixture
def images(tmp_path: Path, write_noise: Callable[[Path, int], None]) -> Path:
    for number in range(4):
        write_noise(tmp_path / f"images/I{number}.jpg", number)
    return tmp_path / "images"


PAIRS = pd.DataFrame(
    [
        ("L0", "L1", "I0", "I1", "train", "test", "nv", "mel", 3, 0.914),
        ("L2", "L3", "I2", "I3", "val", "val", "nv", "nv", 40, np.nan),
    ],
    columns=[
        "lesion_id_a", "lesion_id_b", "image_id_a", "image_id_b", "split_a", "split_b",
        "dx_a", "dx_b", "hash_distance", "similarity",
    ],
)  # fmt: skip


GENERATED = PictureRules(True, PictureParams(real_images=False))


def test_each_pair_has_a_ground_of_its_own_with_both_images(images: Path) -> None:
    figure = near_duplicates(PAIRS, images, GENERATED)["closest"]
    first, second = figure.subfigs
    assert first.get_suptitle() == "1. across train and test\nhash distance 3, similarity 0.91"
    assert second.get_suptitle() == "2. within val\nhash distance 40"  # no features, no similarity
    assert [axes.texts[0].get_text() for axes in first.axes] == ["L0\nnv, train", "L1\nmel, test"]
    for number, axes in enumerate([*first.axes, *second.axes]):
        expected = read_image(images / f"I{number}.jpg", SIZE, "squash")
        np.testing.assert_array_equal(axes.images[0].get_array(), expected)
    assert first.get_facecolor() != figure.get_facecolor()


def test_the_title_says_in_which_order(images: Path) -> None:
    title = near_duplicates(PAIRS, images, GENERATED)["closest"].get_suptitle()
    assert title.startswith("Different lesions that look alike. Generated, without medical meaning")
    assert "Order: pairs across splits before those within one" in title


def test_only_the_first_pairs_are_shown(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHOWN", 1)
    figure = near_duplicates(PAIRS, images, GENERATED)["closest"]
    assert len(figure.subfigs) == 1


def test_images_are_not_read_unless_they_are_drawn(tmp_path: Path) -> None:
    off = PictureRules(False, PictureParams(real_images=False))
    assert near_duplicates(PAIRS, tmp_path / "none", off) == {}


def test_no_pair_no_picture(images: Path) -> None:
    assert near_duplicates(PAIRS.head(0), images, GENERATED) == {}

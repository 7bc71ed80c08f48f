"""The picture of pairs that look alike: of generated images only."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.gallery import near_duplicates as module
from lesion_pipeline.gallery.near_duplicates import near_duplicates
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


def test_pairs_are_shown_side_by_side(images: Path) -> None:
    figure = near_duplicates(PAIRS, images, generated=True)["closest"]
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == [
        "L0, nv, train\nhash 3, similarity 0.91",
        "L1, mel, test\nhash 3, similarity 0.91",
        "L2, nv, val\nhash 40, similarity nan",
        "L3, nv, val\nhash 40, similarity nan",
    ]
    for number, axes in enumerate(shown):
        expected = read_image(images / f"I{number}.jpg", SIZE, "squash")
        np.testing.assert_array_equal(axes.images[0].get_array(), expected)
    assert figure.get_suptitle().endswith("Generated, without medical meaning")


def test_only_the_first_pairs_are_shown(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHOWN", 1)
    figure = near_duplicates(PAIRS, images, generated=True)["closest"]
    assert len([axes for axes in figure.axes if axes.images]) == 2


def test_real_images_are_never_drawn(images: Path) -> None:
    assert near_duplicates(PAIRS, images, generated=False) == {}


def test_no_pair_no_picture(images: Path) -> None:
    assert near_duplicates(PAIRS.head(0), images, generated=True) == {}

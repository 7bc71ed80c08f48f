"""The picture of mistakes."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.core.files import write_figures
from lesion_pipeline.gallery import contact_sheet as module
from lesion_pipeline.gallery.contact_sheet import contact_sheet
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.gallery.sheet import SIZE
from lesion_pipeline.images import read_image

Write = Callable[[Path, int], None]

GENERATED = PictureRules(True, PictureParams(real_images=False))
OFF = PictureRules(False, PictureParams(real_images=False))


@pytest.fixture
def images(tmp_path: Path, write_noise: Write) -> Path:
    for number in range(30):
        write_noise(tmp_path / "images" / f"I{number}.jpg", number)
    return tmp_path / "images"


def mistakes(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"I{number}" for number in range(count)],
            "dx": "mel",
            "probability": 0.125,
            "kind": "false_negative",
        }
    )


def test_the_first_mistakes_are_shown(images: Path) -> None:
    figure = contact_sheet(mistakes(30), images, GENERATED)["mistakes"]
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == module.SHOWN == 24
    for number, axes in enumerate(shown):
        pixels = axes.images[0].get_array()
        assert (pixels == read_image(images / f"I{number}.jpg", SIZE, "squash")).all()
        assert axes.get_title() == "false negative\nmel, p = 0.125"


def test_the_title_tells_that_they_are_generated(images: Path) -> None:
    figure = contact_sheet(mistakes(2), images, GENERATED)["mistakes"]
    assert figure.get_suptitle().endswith("Generated, without medical meaning")


def test_images_are_not_read_unless_they_are_drawn(tmp_path: Path) -> None:
    assert contact_sheet(mistakes(3), tmp_path / "none", OFF) == {}


def test_no_mistake_no_picture(images: Path) -> None:
    assert contact_sheet(mistakes(0), images, GENERATED) == {}


@pytest.mark.parametrize("count", [1, 7])
def test_any_number_can_be_written(count: int, images: Path, tmp_path: Path) -> None:
    write_figures(tmp_path / "plots", contact_sheet(mistakes(count), images, GENERATED))
    assert (tmp_path / "plots/mistakes.png").stat().st_size > 0

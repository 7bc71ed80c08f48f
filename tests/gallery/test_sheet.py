"""Images side by side: which are shown, and under which name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.gallery.sheet import sheet

GENERATED = PictureRules(True, PictureParams(real_images=False))
REAL = PictureRules(False, PictureParams(real_images=True))
OFF = PictureRules(False, PictureParams(real_images=False))


@pytest.fixture
def images(tmp_path: Path, write_noise: Callable[[Path, int], None]) -> Path:
    for number in range(2):
        write_noise(tmp_path / f"I{number}.jpg", number)
    return tmp_path


def test_generated_images_are_shown_as_such(images: Path) -> None:
    figure = sheet("some", ["I1", "I0"], ["b", "a"], "Two", images, GENERATED)["some"]
    assert [axes.get_title() for axes in figure.axes if axes.images] == ["b", "a"]
    assert figure.get_suptitle() == "Two. Generated, without medical meaning"


def test_real_images_are_shown_on_request(images: Path) -> None:
    assert sheet("some", ["I1"], ["b"], "One", images, REAL)["some"].get_suptitle() == "One"


def test_images_of_patients_are_not_read(tmp_path: Path) -> None:
    assert sheet("some", ["I1"], ["b"], "One", tmp_path / "missing", OFF) == {}


def test_no_image_no_figure(tmp_path: Path) -> None:
    assert sheet("some", [], [], "None", tmp_path / "missing", GENERATED) == {}

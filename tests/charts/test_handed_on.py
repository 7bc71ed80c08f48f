from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from lesion_pipeline.charts.handed_on import PICTURE_DPI, hand_on


def make(image: bool) -> Figure:
    figure = Figure(figsize=(2, 1))
    axes = figure.subplots()
    axes.imshow(np.eye(8)) if image else axes.plot([0, 1], [0, 1])
    return figure


def test_charts_are_svg_and_pictures_of_images_are_jpeg(tmp_path: Path) -> None:
    hand_on(tmp_path / "draw", {"chart": make(False), "picture": make(True)})
    assert {file.name for file in (tmp_path / "draw").iterdir()} == {"chart.svg", "picture.jpg"}
    assert (tmp_path / "draw/chart.svg").read_text().startswith("<?xml")
    with Image.open(tmp_path / "draw/picture.jpg") as picture:
        assert picture.size == (2 * PICTURE_DPI, PICTURE_DPI)


@pytest.mark.parametrize("image", [False, True])
def test_equal_figures_give_equal_bytes_without_a_date(tmp_path: Path, image: bool) -> None:
    for name in ("one", "other"):
        hand_on(tmp_path / name, {"x": make(image)})
    ((first,), (second,)) = (sorted((tmp_path / name).iterdir()) for name in ("one", "other"))
    assert first.read_bytes() == second.read_bytes()
    assert b"dc:date" not in first.read_bytes()


def test_a_folder_without_pictures_is_not_empty_and_old_ones_are_gone(tmp_path: Path) -> None:
    """DVC warns of an empty one."""
    hand_on(tmp_path / "audit", {"picture": make(True)})
    hand_on(tmp_path / "audit", {})
    assert [file.name for file in (tmp_path / "audit").iterdir()] == ["README.txt"]

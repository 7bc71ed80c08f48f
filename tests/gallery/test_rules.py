"""Whether images are drawn, and where to (for all stages: tests/pipeline/test_pictures.py)."""

from pathlib import Path

import pytest

from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules

TRACKED, IGNORED = Path("plots/explore"), Path("data/pictures/explore")


@pytest.mark.parametrize(
    ("generated", "asked", "drawn", "folder", "note"),
    [
        (True, False, True, TRACKED, "are in plots/"),
        (True, True, True, TRACKED, "are in plots/"),
        (False, False, False, IGNORED, "are not drawn"),
        (False, True, True, IGNORED, "Git ignores this folder"),
    ],
)
def test_only_generated_images_are_drawn_into_a_tracked_folder(
    generated: bool, asked: bool, drawn: bool, folder: Path, note: str
) -> None:
    rules = PictureRules(generated, PictureParams(real_images=asked))
    assert rules.drawn == drawn
    assert rules.folder(TRACKED, IGNORED) == folder
    assert note in rules.note()
    assert ("without medical meaning" in rules.title("Some")) == generated

import io

import numpy as np
import pytest
from PIL import Image

from lesion_pipeline.web.heat_map import LONGEST, over_picture, transparent
from tests.web.shown_files import photo


def corner() -> np.ndarray:
    """A map of evidence in the upper left quarter."""
    shares = np.zeros((64, 64), np.float32)
    shares[:32, :32] = 1
    return shares


def opened(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "PNG"
        return np.asarray(image)


def test_the_map_alone_is_opaque_where_the_evidence_is_and_lies_over_its_picture() -> None:
    pixels = opened(transparent(corner(), photo(size=(120, 90)), "squash"))
    assert pixels.shape == (90, 120, 4)
    assert pixels[5, 5].tolist() == [252, 255, 164, 255]
    assert pixels[80, 110, 3] == 0


def test_over_the_picture_the_rest_is_grey() -> None:
    content = photo(size=(120, 90))
    pixels = opened(over_picture(corner(), content, "squash")).astype(int)
    assert pixels.shape == (90, 120, 3)
    assert np.ptp(pixels[60:, 80:], axis=-1).max() == 0
    assert np.ptp(pixels[:20, :20], axis=-1).min() > 20


def test_where_the_picture_was_cut_off_there_is_no_evidence() -> None:
    pixels = opened(transparent(np.ones((64, 64), np.float32), photo(size=(120, 60)), "crop"))
    assert (pixels[:, :25, 3] == 0).all() and (pixels[:, 40:80, 3] == 255).all()


@pytest.mark.parametrize("draw", [transparent, over_picture])
def test_it_is_no_larger_than_it_is_shown(draw) -> None:  # type: ignore[no-untyped-def]
    pixels = opened(draw(corner(), photo(size=(2000, 1000)), "squash"))
    assert pixels.shape[:2] == (LONGEST // 2, LONGEST)

import io

import numpy as np
import pytest
from PIL import Image

from lesion_pipeline.bundle.results import ImageContract
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.images import MOST_PIXELS, read_image
from lesion_pipeline.web.pictures import ORIENTATION, decoded, shown_size
from tests.web.shown_files import bomb, photo

CONTRACT = ImageContract(size=64, resize="squash")


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_it_is_the_projects_decoder(form: str) -> None:
    content = photo(1, form)
    expected = read_image(content, 64, "squash")
    for most in (MOST_PIXELS, 20_000):
        assert np.array_equal(decoded(content, CONTRACT, most), expected[None])


def test_a_lower_limit_holds_before_decoding() -> None:
    with pytest.raises(DataError, match="expected at most 10,000 pixels, received 120 x 90"):
        decoded(photo(), CONTRACT, 10_000)
    with pytest.raises(DataError, match="expected at most 40,000,000 pixels"):
        decoded(bomb(), CONTRACT, MOST_PIXELS)
    with pytest.raises(DataError, match="can't be decoded"):
        decoded(b"no image", CONTRACT, 10_000)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((120, 90), (120, 90)), ((600, 450), (300, 225)), ((100, 1000), (30, 300))],
)
def test_the_shown_size_keeps_the_aspect(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert shown_size(photo(size=size), 300) == expected


def test_a_rotated_photo_is_shown_upright() -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("RGB", (120, 90)).save(file, "JPEG", exif=exif)
    assert shown_size(file.getvalue(), 300) == (90, 120)

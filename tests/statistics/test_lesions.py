import math

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.statistics.lesions import by_lesion

IMAGES = pd.DataFrame(
    {
        "lesion_id": ["b", "a", "b", "c", "b"],
        "label": [1, 0, 1, 0, 1],
        "probability": [0.25, 0.5, 0.75, 0.125, 0.875],
    }
)


def test_a_lesion_has_the_mean_of_its_images() -> None:
    assert by_lesion(IMAGES, "mean").to_dict("list") == {
        "lesion_id": ["a", "b", "c"],
        "label": [0, 1, 0],
        "probability": [0.5, 0.625, 0.125],
    }


def test_or_the_highest() -> None:
    assert by_lesion(IMAGES, "max")["probability"].tolist() == [0.5, 0.875, 0.125]


def test_the_order_of_images_makes_no_difference() -> None:
    pd.testing.assert_frame_equal(by_lesion(IMAGES[::-1], "mean"), by_lesion(IMAGES, "mean"))


def test_an_image_without_a_lesion_is_refused() -> None:
    nameless = IMAGES.assign(lesion_id=["b", math.nan, "b", None, "b"])
    with pytest.raises(DataError, match=r"^predictions: lesion_id is missing for 2 images$"):
        by_lesion(nameless, "mean")


def test_a_lesion_of_two_labels_is_refused() -> None:
    with pytest.raises(DataError, match=r"^lesion with two labels: b$"):
        by_lesion(IMAGES.assign(label=[1, 0, 0, 0, 1]), "mean")

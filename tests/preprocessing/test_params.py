"""Section `preprocess`: its limits."""

from typing import Any

import pytest
from pydantic import ValidationError

from lesion_pipeline.preprocessing.params import PreprocessParams

VALUES = {
    "image_size": 224,
    "resize": "crop",
    "encoding": "jpeg",
    "images_per_shard": 1,
    "max_bad_fraction": 0.0,
}


@pytest.mark.parametrize("changes", [{}, {"image_size": 32}, {"max_bad_fraction": 1}])
def test_values_within_the_limits_pass(changes: dict[str, Any]) -> None:
    PreprocessParams.model_validate(VALUES | changes)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("image_size", 31),
        ("image_size", 1025),
        ("image_size", 224.0),
        ("resize", "stretch"),
        ("encoding", "webp"),
        ("images_per_shard", 0),
        ("max_bad_fraction", -0.1),
        ("max_bad_fraction", 1.1),
    ],
)
def test_values_beyond_the_limits_are_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=key):
        PreprocessParams.model_validate(VALUES | {key: value})

"""The map from features to components, and its file."""

from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.features.components import ComponentMap


def random_map(features: int = 30, count: int = 4) -> ComponentMap:
    draw = np.random.default_rng(1)
    factor, offset = (draw.normal(size=features).astype(np.float32) for _ in range(2))
    return ComponentMap(factor, offset, draw.normal(size=(features, count)).astype(np.float32))


def test_features_are_scaled_then_projected() -> None:
    features = ComponentMap(
        np.array([2, 1], np.float32), np.array([-2, 3], np.float32), np.eye(2, 1, dtype=np.float32)
    )
    found = features.of(np.array([[5, 7], [1, 0]], np.float16))
    np.testing.assert_array_equal(found, [[8], [0]])
    assert found.dtype == np.float32 and features.count == 1


def test_they_do_not_depend_on_the_images_beside_one() -> None:
    components, draw = random_map(3000, 70), np.random.default_rng(2)
    features = draw.normal(size=(50, 3000)).astype(np.float32)
    alone = np.concatenate([components.of(features[i : i + 1]) for i in range(50)])
    np.testing.assert_allclose(components.of(features), alone, rtol=2e-7, atol=1e-7)


def test_the_file_holds_the_map_and_always_the_same_bytes(tmp_path: Path) -> None:
    components = random_map()
    for name in ("one.npy", "two.npy"):
        components.write(tmp_path / name)
    assert (tmp_path / "one.npy").read_bytes() == (tmp_path / "two.npy").read_bytes()
    read = ComponentMap.read(tmp_path / "one.npy")
    for name in ("factor", "offset", "axes"):
        np.testing.assert_array_equal(getattr(read, name), getattr(components, name))


def test_a_file_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"components\.npy: "):
        ComponentMap.read(tmp_path / "components.npy")
    (tmp_path / "components.npy").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"components\.npy: "):
        ComponentMap.read(tmp_path / "components.npy")


def test_of_zeros_the_size_is_kept() -> None:
    assert ComponentMap.zeros(5, 3).of(np.ones((2, 5), np.float32)).shape == (2, 3)

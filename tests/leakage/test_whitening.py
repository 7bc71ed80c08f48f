"""Whitened features."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from lesion_pipeline.leakage import whitening as module
from lesion_pipeline.leakage.whitening import whiten

IMAGES, FEATURES = 600, 120
TWIN = slice(0, 30)  # images that have a twin
TWINS = slice(30, 60)


def features(seed: int = 0) -> NDArray[np.float32]:
    """Features of which a few directions vary most; some images have a twin that differs there."""
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(IMAGES, 3)) @ draw.normal(size=(3, FEATURES))
    own = draw.normal(size=(IMAGES, FEATURES))
    own[TWINS] = own[TWIN]
    noise = draw.normal(size=(IMAGES, FEATURES))
    return (5 + 3 * common + own + 0.1 * noise).astype(np.float32)


def cosines(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit.T


def test_rows_are_of_length_1() -> None:
    found = whiten([features()])
    assert found.dtype == np.float32 and found.shape == (IMAGES, FEATURES)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_twins_are_found_that_plain_cosine_does_not_find() -> None:
    rows = features()
    white = whiten([rows])
    similarity = white @ white.T
    twins = np.diag(similarity[TWIN, TWINS])
    others = similarity[60:, 60:][np.triu_indices(IMAGES - 60, 1)]
    assert twins.min() > 0.7 > 0.5 > others.max()
    plain = cosines(StandardScaler().fit_transform(rows))
    assert np.diag(plain[TWIN, TWINS]).min() < plain[60:, 60:][np.triu_indices(540, 1)].max()


def test_a_part_of_the_images_is_enough_for_the_covariance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of every third image, and applied to parts of them."""
    monkeypatch.setattr(module, "MOST_FITTED", IMAGES // 3)
    monkeypatch.setattr(module, "IMAGES_PER_DIM", 20)
    monkeypatch.setattr(module, "CHUNK", 70)
    white = whiten([features()])
    assert white.shape == (IMAGES, 30)
    similarity = white @ white.T
    others = similarity[60:, 60:][np.triu_indices(IMAGES - 60, 1)]
    assert np.median(np.diag(similarity[TWIN, TWINS])) > 0.8 > 4 * np.median(np.abs(others))


def test_it_is_scikit_learns_whitening_if_shrinkage_is_slight() -> None:
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(50_000, 6)) @ (np.eye(6) + 0.3 * draw.normal(size=(6, 6)))
    white = whiten([rows])[:200]
    trusted = PCA(whiten=True).fit_transform(StandardScaler().fit_transform(rows))[:200]
    np.testing.assert_allclose(white @ white.T, cosines(trusted), atol=0.02)


def test_the_scale_of_a_feature_makes_no_difference() -> None:
    rows = features()
    scaled = rows * np.geomspace(0.01, 100, FEATURES).astype(np.float32)
    one, two = whiten([rows]), whiten([scaled])
    np.testing.assert_allclose(one @ one.T, two @ two.T, atol=0.02)


@pytest.mark.parametrize("types", [("float32", "float32"), ("float16", "float32")])
def test_parts_are_one_collection(types: tuple[str, str]) -> None:
    rows = features()
    parts = [rows[:1].astype(types[0]), rows[1:100].astype(types[0]), rows[100:].astype(types[1])]
    one, two = whiten([rows]), whiten(parts)
    np.testing.assert_allclose(one @ one.T, two @ two.T, atol=0.02)


def test_it_is_the_same_each_time() -> None:
    np.testing.assert_array_equal(whiten([features()]), whiten([features()]))


def test_a_small_collection_has_fewer_directions() -> None:
    assert whiten([features()[:60]]).shape == (60, 20)


def test_a_constant_feature_makes_no_difference() -> None:
    rows = features()
    dull = np.hstack([rows, np.full((IMAGES, 5), 7, dtype=np.float32)])
    found = whiten([dull])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.diag((found @ found.T)[TWIN, TWINS]).min(), 0.8, atol=0.2)


def test_there_are_at_most_so_many_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DIMS", 7)
    assert whiten([features()]).shape == (IMAGES, 7)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("images", [1, 2, 9])
def test_equal_images_have_nothing_special(images: int) -> None:
    found = whiten([np.tile(features()[:1], (images, 1))])
    assert (found == 0).all()

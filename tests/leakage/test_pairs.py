"""Pairs that look alike, against a plain loop."""

import re

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.leakage import pairs as module
from lesion_pipeline.leakage.pairs import CHUNK, ImageFingerprints, PairLimits, near_pairs, nearest
from lesion_pipeline.leakage.params import HASH_BITS
from lesion_pipeline.leakage.phash import SIZE, signs, turned

IMAGES = CHUNK + 30
LIMITS = PairLimits(hash_distance=20, similarity=0.9)


@pytest.fixture(scope="module")
def fingerprints() -> ImageFingerprints:
    """Random fingerprints; of every ninth image the next is a copy in some way."""
    draw = np.random.default_rng(0)
    hashes = draw.choice(np.array([-1, 1], dtype=np.int8), (IMAGES, HASH_BITS))
    whitened = draw.normal(size=(IMAGES, 40)).astype(np.float32)
    for image in range(0, IMAGES - 1, 9):
        if image % 2:
            hashes[image + 1] = turned(hashes[image : image + 1])[0, image % 8]
            hashes[image + 1, : image % 40] *= -1  # some are beyond the limit
        else:
            whitened[image + 1] = whitened[image] + 0.01 * image * whitened[image + 1]
    return ImageFingerprints(hashes, whitened / np.linalg.norm(whitened, axis=1, keepdims=True))


LESIONS = np.array([f"L{image // 2 if image % 4 == 0 else image}" for image in range(IMAGES)])
LESIONS[1::18] = LESIONS[0::18][: len(LESIONS[1::18])]  # some copies are of the same lesion


def by_loop(
    fingerprints: ImageFingerprints, limits: PairLimits
) -> tuple[list[tuple[int, int, int, float]], list[int]]:
    rows, same = [], [0, 0, 0]
    all_turned = turned(fingerprints.hashes)
    for i in range(IMAGES):
        for j in range(i + 1, IMAGES):
            distance = int((all_turned[i] != fingerprints.hashes[j]).sum(axis=1).min())
            cosine = np.nan
            if fingerprints.whitened is not None:
                cosine = float(fingerprints.whitened[i] @ fingerprints.whitened[j])
            alike = distance <= limits.hash_distance, cosine >= limits.similarity
            if LESIONS[i] == LESIONS[j]:
                same = [same[0] + 1, same[1] + alike[0], same[2] + alike[1]]
            elif any(alike):
                rows.append((i, j, distance, cosine))
    return rows, same


@pytest.mark.parametrize("with_features", [True, False])
def test_all_pairs_are_found_and_no_others(
    fingerprints: ImageFingerprints, with_features: bool
) -> None:
    fingerprints = fingerprints if with_features else ImageFingerprints(fingerprints.hashes, None)
    found = near_pairs(fingerprints, LESIONS, LIMITS, 2)
    rows, same = by_loop(fingerprints, LIMITS)
    assert list(found.same) == same and same[1] < same[0]
    columns = ["first", "second", "hash_distance", "similarity"]
    expected = pd.DataFrame(rows, columns=columns).astype({"similarity": "float64"})
    assert len(expected) > 3
    pd.testing.assert_frame_equal(found.pairs, expected, atol=1e-6)


def test_the_number_of_workers_makes_no_difference(fingerprints: ImageFingerprints) -> None:
    one, two = (near_pairs(fingerprints, LESIONS, LIMITS, workers) for workers in (1, 3))
    pd.testing.assert_frame_equal(one.pairs, two.pairs)


def test_in_blocks_the_same_pairs_are_found(
    fingerprints: ImageFingerprints, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of 50 images: some begin within the images that are compared, the last is short."""
    whole = near_pairs(fingerprints, LESIONS, LIMITS, 1)
    rows, bits = nearest(fingerprints.hashes[60:70], fingerprints.hashes, 1)
    monkeypatch.setattr(module, "BLOCK", 50)
    found = near_pairs(fingerprints, LESIONS, LIMITS, 1)
    assert found.same == whole.same
    ordered = found.pairs.sort_values(["first", "second"], ignore_index=True)
    pd.testing.assert_frame_equal(ordered, whole.pairs, atol=1e-6)
    in_blocks = nearest(fingerprints.hashes[60:70], fingerprints.hashes, 1)
    np.testing.assert_array_equal(in_blocks, (rows, bits))


def test_limits_are_part_of_what_is_alike() -> None:
    hashes = np.ones((2, HASH_BITS), dtype=np.int8)
    hashes[1, : HASH_BITS // 2] = -1
    apart = int((turned(hashes[:1])[0] != hashes[1]).sum(axis=1).min())
    cosine = np.float32(0.6)
    fingerprints = ImageFingerprints(hashes, np.array([[1, 0], [cosine, 0.8]], dtype=np.float32))
    lesions = np.array(["a", "b"])
    for limits, pairs in (
        (PairLimits(apart, 1), 1), (PairLimits(apart - 1, 1), 0),
        (PairLimits(0, float(cosine)), 1), (PairLimits(0, float(cosine) + 1e-6), 0),
    ):  # fmt: skip
        assert len(near_pairs(fingerprints, lesions, limits, 1).pairs) == pairs


def test_one_image_has_no_pair() -> None:
    found = near_pairs(
        ImageFingerprints(np.ones((1, HASH_BITS), dtype=np.int8), None), np.array(["a"]), LIMITS, 1
    )
    assert found.pairs.empty and found.same == (0, 0, 0)


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 9)
    fingerprints = ImageFingerprints(np.ones((5, HASH_BITS), dtype=np.int8), None)  # ten pairs
    told = "more than 9 pairs of images of different lesions look alike: lower audit.hash_distance"
    with pytest.raises(DataError, match=re.escape(told)):
        near_pairs(fingerprints, np.array(list("abcde")), LIMITS, 1)
    assert len(near_pairs(fingerprints, np.array(list("abcdd")), LIMITS, 1).pairs) == 9
    monkeypatch.setattr(module, "CHUNK", 1)  # 4, 3, 2 and 1 of them
    with pytest.raises(DataError, match=re.escape(told)):
        near_pairs(fingerprints, np.array(list("abcde")), LIMITS, 1)


def test_the_nearest_is_found_in_any_turn() -> None:
    generator = np.random.default_rng(4)
    images = generator.integers(0, 256, (150, SIZE, SIZE, 3), dtype=np.uint8)
    others = np.stack([signs(image) for image in images])
    some = [images[7].transpose(1, 0, 2), images[140][::-1], images[3]]
    rows, bits = nearest(np.stack([signs(image) for image in some]), others, workers=2)
    assert rows.tolist() == [7, 140, 3] and bits.tolist() == [0, 0, 0]
    many = nearest(others[::-1], others, workers=2)[0]
    assert many.tolist() == list(range(150))[::-1]  # more than a chunk
    assert [part.shape for part in nearest(others[:0], others, workers=1)] == [(0,), (0,)]

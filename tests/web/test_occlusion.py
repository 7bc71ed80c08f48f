import numpy as np
import pytest

from lesion_pipeline.web.occlusion import ACROSS, covered, evidence, evidence_map

SIZE = 56


def test_each_place_is_covered_once_with_the_colour_of_the_border() -> None:
    image = np.full((SIZE, SIZE, 3), (200, 150, 120), np.uint8)
    image[20:36, 20:36] = 10
    copies = covered(image)
    assert copies.shape == (ACROSS * ACROSS, SIZE, SIZE, 3)
    changed = (copies != image).any(axis=-1)
    assert (copies[changed] == (200, 150, 120)).all()
    assert changed.any(axis=0)[20:36, 20:36].all()  # every pixel of the lesion is in some cover
    assert not changed[0].any()  # the first is in a corner, where there is skin already


def test_copies_are_row_by_row() -> None:
    image = np.full((SIZE, SIZE, 3), 200, np.uint8)
    image[4:8, -8:-4] = 10  # in the upper right corner
    changed = (covered(image) != image).any(axis=(1, 2, 3))
    assert changed[ACROSS - 1] and not changed[-ACROSS:].any()


def test_evidence_is_by_how_much_the_log_odds_fall() -> None:
    assert evidence(0.5, np.array([0.5, 0.2, 0.8])) == pytest.approx([0, np.log(4), -np.log(4)])


def after(place: int, value: float, rest: float) -> np.ndarray:
    found = np.full(ACROSS * ACROSS, rest)
    found[place] = value
    return found


def test_the_map_is_brightest_in_the_middle_of_the_cover_that_counts() -> None:
    middle = ACROSS * ACROSS // 2
    found = evidence_map(0.8, after(middle, 0.3, 0.8), 0.5, SIZE)
    assert found.shares.shape == (SIZE, SIZE)
    assert found.shares.max() == pytest.approx(1, abs=0.15)  # the middle lies between two pixels
    assert abs(found.shares - found.shares[::-1]).max() < 1e-6
    assert (found.shares[0] == 0).all()
    assert (found.probability, found.lowest) == (0.8, 0.3)


def test_rows_are_rows() -> None:
    shares = evidence_map(0.8, after(ACROSS - 1, 0.3, 0.8), 0.5, SIZE).shares
    assert shares[3, -3] > 0.5 and shares[-3, 3] == 0  # the last cover of the first row


def test_below_the_threshold_the_map_is_dimmed() -> None:
    one = after(24, 0.01, 0.05)
    bright = evidence_map(0.05, one, 0.05, SIZE).shares
    assert evidence_map(0.05, one, 0.5, SIZE).shares == pytest.approx(bright / 10)


def test_nothing_is_evident_when_no_cover_lowers_the_probability() -> None:
    found = evidence_map(0.4, after(3, 0.9, 0.5), 0.5, SIZE)
    assert not found.shares.any() and found.lowest == 0.4

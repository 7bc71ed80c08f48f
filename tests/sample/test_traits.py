"""Traits of a generated lesion: those of its diagnosis, some of a look-alike, and chance."""

from dataclasses import asdict

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.sample.traits import ALWAYS, DROPPED, JITTER, MIMICS, TRAITS, draw_traits


def test_every_diagnosis_has_traits_and_look_alikes() -> None:
    assert set(TRAITS) == set(MIMICS) == set(DIAGNOSES)
    for dx, mimics in MIMICS.items():
        assert dx not in mimics and set(mimics) <= set(DIAGNOSES)


def test_traits_are_a_function_of_lesion_diagnosis_and_seed() -> None:
    traits = draw_traits("L1", "mel", 1)
    assert draw_traits("L1", "mel", 1) == traits
    others = [draw_traits("L2", "mel", 1), draw_traits("L1", "nv", 1), draw_traits("L1", "mel", 2)]
    assert traits not in others


def test_an_unknown_diagnosis_is_refused() -> None:
    with pytest.raises(DataError, match="unknown dx 'wart', expected one of akiec, bcc, bkl"):
        draw_traits("L1", "wart", 1)


@pytest.mark.parametrize("dx", DIAGNOSES)
def test_a_trait_lies_between_those_of_the_diagnosis_and_its_look_alikes(dx: str) -> None:
    possible = [asdict(TRAITS[name]) for name in (dx, *MIMICS[dx])]
    for number in range(50):
        for name, value in asdict(draw_traits(f"L{number}", dx, 1)).items():
            highest = JITTER[1] * max(traits[name] for traits in possible)
            lowest = JITTER[0] * min(traits[name] for traits in possible) if name in ALWAYS else 0
            assert lowest <= value <= highest


def test_structures_are_missing_as_often_as_told() -> None:
    """Milia of keratoses: look-alikes have none, so they are 0 only where they were dropped."""
    milia = [draw_traits(f"L{number}", "bkl", 1).milia for number in range(1000)]
    assert np.mean(np.array(milia) == 0) == pytest.approx(DROPPED, abs=0.05)


def test_melanomas_are_more_ragged_than_naevi_but_not_all() -> None:
    melanomas, naevi = (
        np.array([draw_traits(f"L{number}", dx, 1).ragged for number in range(300)])
        for dx in ("mel", "nv")
    )
    assert melanomas.mean() > 2 * naevi.mean()
    assert melanomas.min() < naevi.max()  # no classifier can be perfect

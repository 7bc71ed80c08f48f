"""A part of a collection: how many lesions of which diagnosis, and always the same."""

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.sources.params import FEWEST
from lesion_pipeline.sources.subset import limit_lesions
from lesion_pipeline.splitting.params import Ratios, SplitParams
from lesion_pipeline.splitting.split import split


def collection(**lesions: int) -> pd.DataFrame:
    """So many lesions of each diagnosis; every second one has two images."""
    rows = [
        {"lesion_id": f"L_{dx}_{number}", "image_id": f"I_{dx}_{number}_{image}", "dx": dx}
        for dx, count in lesions.items()
        for number in range(count)
        for image in range(1 + number % 2)
    ]
    return pd.DataFrame(rows)


def kept(table: pd.DataFrame) -> dict[str, int]:
    counts = table.groupby("dx")["lesion_id"].nunique()
    return {str(dx): int(count) for dx, count in counts.items()}


@pytest.mark.parametrize(
    ("lesions", "limit", "expected"),
    [
        ({"mel": 50, "nv": 50}, 50, {"mel": 25, "nv": 25}),
        ({"mel": 27, "nv": 67}, 54, {"mel": 17, "nv": 37}),  # 7 + 40 * 20/80, 7 + 40 * 60/80
        ({"df": 5, "mel": 7, "nv": 100}, 49, {"df": 5, "mel": 7, "nv": 37}),
        ({"df": 5, "mel": 9, "nv": 9}, 49, {"df": 5, "mel": 9, "nv": 9}),
        (dict.fromkeys(DIAGNOSES, 100), 49, dict.fromkeys(DIAGNOSES, 7)),
    ],
)
def test_the_least_of_each_and_the_rest_in_proportion(
    lesions: dict[str, int], limit: int, expected: dict[str, int]
) -> None:
    assert kept(limit_lesions(collection(**lesions), limit, 1)) == expected


COUNTS = st.dictionaries(st.sampled_from(list(DIAGNOSES)), st.integers(1, 60), min_size=1)


@settings(max_examples=60, deadline=None)
@given(counts=COUNTS, limit=st.integers(49, 300), more=st.integers(0, 50), seed=st.integers(0, 9))
@example(counts={"akiec": 1, "bcc": 1, "bkl": 29, "mel": 14, "df": 15}, limit=49, more=1, seed=0)
def test_laws(counts: dict[str, int], limit: int, more: int, seed: int) -> None:
    table = collection(**counts)
    part = limit_lesions(table, limit, seed)
    ids = set(part["lesion_id"])
    assert len(ids) == min(limit, sum(counts.values()))
    found = kept(part)
    assert all(found[dx] >= min(count, FEWEST) for dx, count in counts.items())
    whole = table[table["lesion_id"].isin(ids)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, whole)  # all images of a lesion, in their order
    again = limit_lesions(table.sample(frac=1, random_state=seed), limit, seed)
    assert set(again["lesion_id"]) == ids
    assert ids <= set(limit_lesions(table, limit + more, seed)["lesion_id"])


def test_another_seed_draws_others() -> None:
    table = collection(mel=100, nv=100)
    first, second = (set(limit_lesions(table, 60, seed)["lesion_id"]) for seed in (1, 2))
    assert first != second


@pytest.mark.parametrize("diagnoses", [["mel", "nv"], ["bcc", "mel", "nv"], list(DIAGNOSES)])
def test_the_smallest_part_can_be_split(diagnoses: list[str]) -> None:
    ratios = Ratios(train=0.7, val=0.15, test=0.15)
    counts = dict.fromkeys(diagnoses, FEWEST) | {"nv": 6000}
    for seed in range(20):
        part = limit_lesions(collection(**counts), FEWEST * len(DIAGNOSES), seed)
        split(part, SplitParams(
            strategy="reference", ratios=ratios, folds=5, fold=1, file=None,
            same_lesion_pairs=None, seed=seed,
        ))  # fmt: skip

"""Ways to divide lesions."""

import warnings

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.splitting.divide import by_folds, by_ratios, by_table
from lesion_pipeline.splitting.user_split import UserTable


def strata(letters: str) -> pd.Series:
    return pd.Series(list(letters), index=[f"L{n:03d}" for n in range(len(letters))])


@settings(max_examples=30, deadline=None)
@given(folds=st.integers(3, 6), counts=st.tuples(*[st.integers(1, 20)] * 3), seed=st.integers(0, 9))
def test_folds_are_a_partition_and_take_turns(
    folds: int, counts: tuple[int, int, int], seed: int
) -> None:
    classes = strata(
        "".join(letter * n for letter, n in zip("abc", counts, strict=True)) + "d" * folds
    )
    sides = pd.DataFrame(by_folds(classes, folds, seed))  # (folds, lesions)
    assert list(sides.columns) == list(classes.index)
    for lesion in sides:
        test, val = (sides.index[sides[lesion] == side].tolist() for side in ("test", "val"))
        assert len(test) == len(val) == 1
        assert test[0] == (val[0] + 1) % folds  # the fold after the one that tests is val
        assert (sides[lesion] == "train").sum() == folds - 2
    for letter in "abcd":
        tested = (sides[classes.index[classes == letter]] == "test").sum(axis=1)
        assert tested.max() - tested.min() <= 1


def test_folds_depend_on_the_seed_alone() -> None:
    classes = strata("ab" * 20)
    assert by_folds(classes, 5, 1) == by_folds(classes, 5, 1) != by_folds(classes, 5, 2)


def test_a_rare_stratum_makes_no_noise() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        by_folds(strata("a" * 20 + "b"), 5, 1)


def test_fewer_lesions_than_folds_are_told() -> None:
    with pytest.raises(DataError, match=r"too few lesions to split \(\{'a': 2, 'b': 1\}\): "):
        by_folds(strata("aab"), 3, 1)


def test_too_few_lesions_for_ratios_are_told() -> None:
    with pytest.raises(DataError, match=r"too few lesions to split \(\{'a': 9, 'b': 1\}\): "):
        by_ratios(strata("a" * 9 + "b"), 0.2, 0.2, 1)


def test_each_side_has_its_ratio() -> None:
    found = by_ratios(strata("ab" * 100), val=0.1, test=0.3, seed=1)
    counts = pd.Series(found).value_counts()
    assert counts.to_dict() == {"train": 120, "test": 60, "val": 20}


METADATA = pd.DataFrame(
    [("I1", "L1"), ("I2", "L1"), ("I3", "L2"), ("I4", "L3")], columns=["image_id", "lesion_id"]
)


def give(key: str, rows: list[tuple[str, str]]) -> UserTable:
    table = pd.DataFrame(rows, columns=[key, "split"])
    table.index += 2
    return UserTable("mine.csv", table)


def test_sides_by_image() -> None:
    rows = [("I4", "val"), ("I2", "train"), ("I1", "train"), ("I3", "test")]
    sides = by_table(METADATA, METADATA, give("image_id", rows))
    assert sides == {"L1": "train", "L2": "test", "L3": "val"}


def test_sides_by_lesion_may_be_repeated() -> None:
    rows = [("L1", "train"), ("L2", "test"), ("L3", "val"), ("L1", "train")]
    sides = by_table(METADATA, METADATA, give("lesion_id", rows))
    assert sides == {"L1": "train", "L2": "test", "L3": "val"}


@pytest.mark.parametrize("left_out", [None, "L1", "L2"])
def test_of_merged_lesions_one_id_is_enough(left_out: str | None) -> None:
    merged = METADATA.assign(lesion_id=["L1", "L1", "L1", "L3"])  # L2 is L1
    rows = [("L1", "test"), ("L2", "test"), ("L3", "val")]
    given = give("lesion_id", [row for row in rows if row[0] != left_out])
    assert by_table(METADATA, merged, given) == {"L1": "test", "L3": "val"}


def test_merged_lesions_on_two_sides_are_named() -> None:
    merged = METADATA.assign(lesion_id=["L1", "L1", "L1", "L3"])
    given = give("lesion_id", [("L1", "test"), ("L2", "train"), ("L3", "val")])
    with pytest.raises(DataError) as error:
        by_table(METADATA, merged, given)
    told = "  lesion_id in more than one split: 'L1' (line 2), 'L1' (line 3)"
    assert str(error.value).splitlines() == ["mine.csv: 1 kind of problem", told]


def test_all_that_is_wrong_with_a_table_of_images_is_named() -> None:
    rows = [("I1", "train"), ("I2", "test"), ("I3", "tset"), ("I9", "val"), ("I3", "val")]
    with pytest.raises(DataError) as error:
        by_table(METADATA, METADATA, give("image_id", rows))
    assert str(error.value).splitlines() == [
        "mine.csv: 5 kinds of problem",
        "  image_id unknown: 'I9' (line 5)",
        "  image_id not unique: 'I3' (line 4), 'I3' (line 6)",
        "  split unknown, expected one of train, val, test: 'tset' (line 4)",
        "  lesion_id in more than one split: "
        "'L1' (line 2), 'L1' (line 3), 'L2' (line 4), 'L2' (line 6)",
        "  image_id missing: I4",
    ]


def test_a_table_of_lesions_must_name_them_all() -> None:
    with pytest.raises(DataError) as error:
        by_table(METADATA, METADATA, give("lesion_id", [("L1", "train"), ("L9", "test")]))
    assert str(error.value).splitlines() == [
        "mine.csv: 2 kinds of problem",
        "  lesion_id unknown: 'L9' (line 3)",
        "  lesion_id missing: L2, L3",
    ]

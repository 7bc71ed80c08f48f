"""Lesions under several ids become one."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.splitting.same_lesion import merge_lesions
from lesion_pipeline.splitting.user_split import PAIR, UserTable


def metadata(lesions: str) -> pd.DataFrame:
    """An image of each lesion a letter; capitals are melanomas."""
    rows = [(f"I{n}", letter, "mel" if letter.isupper() else "nv") for n, letter in
            enumerate(lesions)]  # fmt: skip
    return pd.DataFrame(rows, columns=["image_id", "lesion_id", "dx"])


def pairs(*texts: str) -> UserTable:
    rows = pd.DataFrame([list(text) for text in texts], columns=list(PAIR), dtype=str)
    rows.index += 2
    return UserTable("pairs.csv", rows)


def test_the_first_id_stays_for_all_that_hang_together() -> None:
    merged = merge_lesions(metadata("abcdefga"), pairs("fe", "ce", "gb", "bg"))
    assert "".join(merged["lesion_id"]) == "abcdccba"


def test_nothing_given_gives_the_same_table() -> None:
    table = metadata("abA")
    assert merge_lesions(table, None) is table
    pd.testing.assert_frame_equal(merge_lesions(table, pairs()), table)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("abcdefgh", min_size=2, max_size=2), max_size=8))
def test_ids_are_one_if_a_path_of_pairs_joins_them(texts: list[str]) -> None:
    group = {letter: {letter} for letter in "abcdefgh"}
    for first, second in texts:
        joined = group[first] | group[second]
        for letter in joined:
            group[letter] = joined
    merged = merge_lesions(metadata("abcdefgh"), pairs(*texts))
    assert list(merged["lesion_id"]) == [min(group[letter]) for letter in "abcdefgh"]


def test_ids_that_are_unknown_or_empty_are_named_with_their_lines() -> None:
    given = pairs("ab", "ax", "yb", "a ")
    given.rows.iloc[3, 1] = ""
    with pytest.raises(DataError) as error:
        merge_lesions(metadata("ab"), given)
    assert str(error.value).splitlines() == [
        "pairs.csv: 3 kinds of problem",
        "  lesion_id_a unknown: 'y' (line 4)",
        "  lesion_id_b empty: '' (line 5)",
        "  lesion_id_b unknown: 'x' (line 3)",
    ]


def test_different_diagnoses_are_never_merged_not_even_by_way_of_others() -> None:
    with pytest.raises(DataError) as error:
        merge_lesions(metadata("abcdeA"), pairs("ab", "de", "bA"))
    assert str(error.value).splitlines() == [
        "pairs.csv: 1 kind of problem",
        "  lesions that would become one have several dx: "
        "'a (nv) = b (nv)' (line 2), 'b (nv) = A (mel)' (line 4)",
    ]

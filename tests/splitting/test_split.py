"""The split: by lesion, stratified, reproducible, and on HAM10000 the reference split."""

import base64
import zlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_csv
from lesion_pipeline.core.labels import DIAGNOSES, LABEL, SPLITS
from lesion_pipeline.core.params import load_params
from lesion_pipeline.splitting.params import Ratios, SplitParams
from lesion_pipeline.splitting.split import (
    check_split,
    count,
    describe_split,
    split,
    split_folds,
)
from lesion_pipeline.splitting.user_split import PAIR, UserSplit, UserTable, read_user_split
from lesion_pipeline.tables.metadata import read_metadata

ROOT = Path(__file__).resolve().parents[2]
HAM10000 = ROOT.parent / "shared/data/ham10000/HAM10000_metadata.csv"
LESIONS = Path(__file__).with_name("reference_lesions.json")
PARAMS = SplitParams(
    strategy="reference", ratios=Ratios(train=0.7, val=0.15, test=0.15), folds=5, fold=1,
    file=None, same_lesion_pairs=None, seed=42,
)  # fmt: skip


def collection(letters: str) -> pd.DataFrame:
    """One lesion a letter: a for one image, b for two and so on; capitals are malignant."""
    rows = [
        {
            "lesion_id": f"HAM_{lesion:07d}",
            "image_id": f"ISIC_{lesion:07d}_{image}",
            "dx": "mel" if letter.isupper() else "nv",
        }
        for lesion, letter in enumerate(letters)
        for image in range("_abcdefghijkl".index(letter.lower()))
    ]
    return pd.DataFrame(rows)


def reference() -> pd.DataFrame:
    packed = base64.b64decode(read_json(LESIONS)["lesions"])
    return collection(zlib.decompress(packed).decode())


def sides(table: pd.DataFrame) -> dict[str, str]:
    return dict(zip(table["image_id"], table["split"], strict=True))


@pytest.fixture
def many() -> pd.DataFrame:
    """Twenty lesions of each diagnosis, every third with two images."""
    rows = [
        {"lesion_id": f"L_{dx}_{n:02d}", "image_id": f"I_{dx}_{n:02d}_{image}", "dx": dx}
        for dx in DIAGNOSES
        for n in range(20)
        for image in range(2 if n % 3 == 0 else 1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("strategy", ["reference", "kfold"])
def test_labels_follow_what_is_malignant(many: pd.DataFrame, strategy: str) -> None:
    params = PARAMS.model_copy(update={"strategy": strategy})
    tables = [split(many, params, malignant=("bkl",))]
    tables += split_folds(many, params, malignant=("bkl",)).values()
    assert len(tables) == (6 if strategy == "kfold" else 1)
    for table in tables:
        assert set(table.loc[table["label"] == 1, "dx"]) == {"bkl"}
        assert set(table.loc[table["label"] == 0, "dx"]) == set(DIAGNOSES) - {"bkl"}


SEEDS = st.integers(0, 2**32 - 1)
COLLECTIONS = st.tuples(
    st.text("abc", min_size=14, max_size=60), st.text("ABC", min_size=14, max_size=60)
).flatmap(lambda parts: st.permutations("".join(parts)).map(lambda order: "".join(order)))


@settings(max_examples=30, deadline=None)
@generated(letters=COLLECTIONS, seed=SEEDS)
def test_each_image_is_in_one_split_and_each_lesion_too(letters: str, seed: int) -> None:
    metadata = collection(letters)
    table = split(metadata, PARAMS.model_copy(update={"seed": seed}))
    assert table["image_id"].tolist() == sorted(metadata["image_id"])
    assert (table.groupby("lesion_id")["split"].nunique() == 1).all()
    assert set(table["split"]) == set(SPLITS)


@settings(max_examples=30, deadline=None)
@generated(letters=COLLECTIONS, shuffle=SEEDS)
def test_the_order_of_rows_makes_no_difference(letters: str, shuffle: int) -> None:
    metadata = collection(letters)
    pd.testing.assert_frame_equal(
        split(metadata.sample(frac=1, random_state=shuffle), PARAMS), split(metadata, PARAMS)
    )


@settings(max_examples=30, deadline=None)
@generated(letters=COLLECTIONS, seed=SEEDS)
def test_each_split_has_its_part_of_each_class(letters: str, seed: int) -> None:
    counts = count(split(collection(letters), PARAMS.model_copy(update={"seed": seed})))
    for name, capital in (("benign", False), ("malignant", True)):
        lesions = sum(letter.isupper() == capital for letter in letters)
        for part, ratio in PARAMS.ratios.model_dump().items():
            assert abs(counts[part][name].lesions - ratio * lesions) <= 1.5


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    metadata = collection("abAB" * 25)
    again = PARAMS.model_copy()
    other = PARAMS.model_copy(update={"seed": 43})
    assert sides(split(metadata, PARAMS)) == sides(split(metadata, again))
    assert sides(split(metadata, PARAMS)) != sides(split(metadata, other))


def test_a_label_is_added_and_the_rest_is_kept(metadata: pd.DataFrame) -> None:
    halves = {"ratios": Ratios(train=0.5, val=0.25, test=0.25), "seed": 1}
    table = split(metadata, PARAMS.model_copy(update=halves))
    assert list(table.columns) == [*metadata.columns, LABEL, "split"]
    assert set(table.loc[table[LABEL] == 1, "dx"]) == {"akiec", "bcc", "mel"}
    assert set(table.loc[table[LABEL] == 0, "dx"]) == {"bkl", "df", "nv", "vasc"}
    kept = table[metadata.columns].set_index("image_id").sort_index()
    pd.testing.assert_frame_equal(kept, metadata.set_index("image_id").sort_index())


def test_an_image_without_a_lesion_is_named() -> None:
    metadata = collection("aA" * 20)
    metadata.loc[3, "lesion_id"] = None
    with pytest.raises(DataError) as error:
        split(metadata, PARAMS)
    assert str(error.value) == "lesion_id is missing for image ISIC_0000003_0"


def test_too_few_lesions_are_told_with_their_classes() -> None:
    with pytest.raises(DataError) as error:
        split(collection("aaaaaA"), PARAMS)
    told = "too few lesions to split ({'benign': 5, 'malignant': 1}): The least populated class"
    assert str(error.value).startswith(told)


def test_a_split_without_a_class_is_refused() -> None:
    ratios = Ratios(train=0.5, val=0.05, test=0.45)
    with pytest.raises(DataError) as error:
        split(collection("a" * 40 + "A" * 4), PARAMS.model_copy(update={"ratios": ratios}))
    told = "split val has no malignant lesion: use more lesions or ratios"
    assert str(error.value) == told


def test_a_lesion_on_two_sides_is_refused() -> None:
    table = split(collection("b" * 20 + "A" * 20), PARAMS)
    table.loc[table["image_id"] == "ISIC_0000007_1", "split"] = "val"
    table.loc[table["image_id"] == "ISIC_0000007_0", "split"] = "test"
    with pytest.raises(DataError) as error:
        check_split(table)
    assert str(error.value) == "lesion in more than one split: HAM_0000007"


def test_a_summary_can_be_worked_out_by_hand() -> None:
    table = pd.DataFrame(
        [
            ("L1", "train", 0), ("L1", "train", 0), ("L2", "train", 0), ("L3", "train", 1),
            ("L5", "val", 0), ("L4", "val", 1), ("L6", "test", 0), ("L7", "test", 1),
        ],
        columns=["lesion_id", "split", LABEL],
    )  # fmt: skip
    before = table.assign(lesion_id=["L0", *table["lesion_id"][1:]])  # L0 became L1
    summary = describe_split(before, table, PARAMS, malignant=("mel",))
    one = {"images": 1, "lesions": 1}
    assert summary.metrics() == {
        "counts": {
            "train": {"benign": {"images": 3, "lesions": 2}, "malignant": one},
            "val": {"benign": one, "malignant": one},
            "test": {"benign": one, "malignant": one},
        },
        "positive_weight": 3.0,
        "merged": {"pairs": 0, "ids_gone": 1},
    }
    assert (summary.params, summary.malignant) == (PARAMS, ("mel",))
    assert summary.lesion_ids == {
        "train": ("L1", "L2", "L3"), "val": ("L4", "L5"), "test": ("L6", "L7"),
    }  # fmt: skip


def test_by_diagnosis_each_split_has_its_part_of_each_diagnosis(many: pd.DataFrame) -> None:
    table = split(many, PARAMS.model_copy(update={"strategy": "by_diagnosis"}))
    counts = table.groupby(["dx", "split"])["lesion_id"].nunique().unstack()
    for dx in DIAGNOSES:
        assert counts.loc[dx, ["train", "val", "test"]].tolist() == [14, 3, 3]


def test_the_reference_strategy_does_not_know_diagnoses(many: pd.DataFrame) -> None:
    counts = split(many, PARAMS).groupby(["dx", "split"])["lesion_id"].nunique().unstack()
    assert counts["train"].nunique() > 1


def test_folds_are_complete_tables_of_which_one_is_used(many: pd.DataFrame) -> None:
    params = PARAMS.model_copy(update={"strategy": "kfold", "fold": 2})
    folds = split_folds(many, params)
    assert list(folds) == ["fold-1", "fold-2", "fold-3", "fold-4", "fold-5"]
    pd.testing.assert_frame_equal(split(many, params), folds["fold-2"])
    tested = pd.concat(table[table["split"] == "test"] for table in folds.values())
    assert sorted(tested["image_id"]) == sorted(many["image_id"])
    for table in folds.values():
        assert list(table.columns) == [*many.columns, LABEL, "split"]
        lesions = table.groupby(["dx", "split"])["lesion_id"].nunique().unstack()
        assert (lesions == {"train": 12, "val": 4, "test": 4}).all(axis=None)


def test_other_strategies_have_no_folds(many: pd.DataFrame) -> None:
    assert split_folds(many, PARAMS) == {}


@pytest.mark.parametrize("strategy", ["reference", "by_diagnosis", "kfold"])
def test_a_table_that_was_written_can_be_given_back(
    strategy: str, many: pd.DataFrame, tmp_path: Path
) -> None:
    table = split(many, PARAMS.model_copy(update={"strategy": strategy}))
    write_csv(tmp_path / "mine.csv", table)
    given = read_user_split(tmp_path, str(tmp_path / "mine.csv"), None)
    params = PARAMS.model_copy(update={"strategy": "file", "file": "mine.csv"})
    pd.testing.assert_frame_equal(split(many, params, given), table)


def test_an_edited_table_moves_a_lesion(many: pd.DataFrame, tmp_path: Path) -> None:
    table = split(many, PARAMS)
    lesion = table.loc[table["split"] == "train", "lesion_id"].iloc[0]
    edited = table.assign(split=table["split"].mask(table["lesion_id"] == lesion, "test"))
    write_csv(tmp_path / "mine.csv", edited[["split", "image_id"]].sample(frac=1, random_state=1))
    given = read_user_split(tmp_path, str(tmp_path / "mine.csv"), None)
    params = PARAMS.model_copy(update={"strategy": "file", "file": "mine.csv"})
    moved = split(many, params, given)
    assert set(moved.loc[moved["lesion_id"] == lesion, "split"]) == {"test"}
    assert (moved["split"] != table["split"]).sum() == (table["lesion_id"] == lesion).sum()


@pytest.mark.parametrize("strategy", ["reference", "by_diagnosis", "kfold"])
def test_lesions_that_are_the_same_are_on_one_side(strategy: str, many: pd.DataFrame) -> None:
    rows = pd.DataFrame(
        [(f"L_nv_{n:02d}", f"L_nv_{n + 1:02d}") for n in range(9)], columns=list(PAIR)
    )  # ten ids, one lesion
    given = UserSplit(pairs=UserTable("pairs.csv", rows))
    table = split(many, PARAMS.model_copy(update={"strategy": strategy}), given)
    of_one = many.loc[many["lesion_id"].isin([f"L_nv_{n:02d}" for n in range(10)]), "image_id"]
    found = table[table["image_id"].isin(of_one)]
    assert set(found["lesion_id"]) == {"L_nv_00"} and found["split"].nunique() == 1
    merged = describe_split(many, table, PARAMS, given).merged
    assert (merged.pairs, merged.ids_gone) == (9, 9)


def test_nothing_given_changes_nothing(many: pd.DataFrame) -> None:
    table = split(many, PARAMS)
    empty = UserSplit(pairs=UserTable("pairs.csv", pd.DataFrame(columns=list(PAIR), dtype=str)))
    pd.testing.assert_frame_equal(split(many, PARAMS, empty), table)
    merged = describe_split(many, table, PARAMS, empty).merged
    assert (merged.pairs, merged.ids_gone) == (0, 0)


def check_reference_split(metadata: pd.DataFrame) -> None:
    params = load_params("split", SplitParams, ROOT / "params.yaml")
    summary = describe_split(metadata, split(metadata, params), params)
    counts = summary.counts
    images = {part: sum(side.images for side in counts[part].values()) for part in SPLITS}
    assert images == {"train": 7010, "val": 1500, "test": 1505}
    assert counts["test"]["malignant"].images == 288
    assert {part: len(ids) for part, ids in summary.lesion_ids.items()} == {
        "train": 5229,
        "val": 1120,
        "test": 1121,
    }
    assert round(summary.positive_weight, 4) == 4.1205


def test_the_lesions_of_ham10000_fall_into_the_reference_split() -> None:
    check_reference_split(reference())


@pytest.mark.skipif(not HAM10000.exists(), reason="HAM10000 is not on this machine")
def test_ham10000_itself_falls_into_the_reference_split() -> None:
    check_reference_split(read_metadata(HAM10000))

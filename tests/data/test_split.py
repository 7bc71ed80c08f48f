"""The split: by lesion, stratified, reproducible, and on HAM10000 the reference split."""

import base64
import re
import zlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.data.metadata import read_metadata
from lesion_pipeline.data.split import (
    Ratios,
    SplitParams,
    check_split,
    count,
    describe_split,
    split,
)
from lesion_pipeline.errors import DataError, ParamsError
from lesion_pipeline.files import read_json
from lesion_pipeline.labels import LABEL, SPLITS
from lesion_pipeline.params import load_params

ROOT = Path(__file__).resolve().parents[2]
HAM10000 = ROOT.parent / "shared/data/ham10000/HAM10000_metadata.csv"
LESIONS = Path(__file__).with_name("reference_lesions.json")
PARAMS = SplitParams(ratios=Ratios(train=0.7, val=0.15, test=0.15), seed=42)


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


SEEDS = st.integers(0, 2**32 - 1)
COLLECTIONS = st.tuples(
    st.text("abc", min_size=14, max_size=60), st.text("ABC", min_size=14, max_size=60)
).flatmap(lambda parts: st.permutations("".join(parts)).map(lambda order: "".join(order)))


@settings(max_examples=30, deadline=None)
@given(letters=COLLECTIONS, seed=SEEDS)
def test_each_image_is_in_one_split_and_each_lesion_too(letters: str, seed: int) -> None:
    metadata = collection(letters)
    table = split(metadata, PARAMS.model_copy(update={"seed": seed}))
    assert table["image_id"].tolist() == sorted(metadata["image_id"])
    assert (table.groupby("lesion_id")["split"].nunique() == 1).all()
    assert set(table["split"]) == set(SPLITS)


@settings(max_examples=30, deadline=None)
@given(letters=COLLECTIONS, shuffle=SEEDS)
def test_the_order_of_rows_makes_no_difference(letters: str, shuffle: int) -> None:
    metadata = collection(letters)
    pd.testing.assert_frame_equal(
        split(metadata.sample(frac=1, random_state=shuffle), PARAMS), split(metadata, PARAMS)
    )


@settings(max_examples=30, deadline=None)
@given(letters=COLLECTIONS, seed=SEEDS)
def test_each_split_has_its_part_of_each_class(letters: str, seed: int) -> None:
    counts = count(split(collection(letters), PARAMS.model_copy(update={"seed": seed})))
    for name, capital in (("benign", False), ("malignant", True)):
        lesions = sum(letter.isupper() == capital for letter in letters)
        for part, ratio in PARAMS.ratios.model_dump().items():
            assert abs(counts[part][name]["lesions"] - ratio * lesions) <= 1.5


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    metadata = collection("abAB" * 25)
    again = SplitParams(ratios=PARAMS.ratios, seed=42)
    other = SplitParams(ratios=PARAMS.ratios, seed=43)
    assert sides(split(metadata, PARAMS)) == sides(split(metadata, again))
    assert sides(split(metadata, PARAMS)) != sides(split(metadata, other))


def test_a_label_is_added_and_the_rest_is_kept(metadata: pd.DataFrame) -> None:
    table = split(metadata, SplitParams(ratios=Ratios(train=0.5, val=0.25, test=0.25), seed=1))
    assert list(table.columns) == [*metadata.columns, LABEL, "split"]
    assert set(table.loc[table[LABEL] == 1, "dx"]) == {"akiec", "bcc", "mel"}
    assert set(table.loc[table[LABEL] == 0, "dx"]) == {"bkl", "df", "nv", "vasc"}
    kept = table[metadata.columns].set_index("image_id").sort_index()
    pd.testing.assert_frame_equal(kept, metadata.set_index("image_id").sort_index())


@pytest.mark.parametrize(
    ("written", "total"),
    [("train: 0.70", r"0\.9"), ("train: 0.81", r"1\.01")],
)
def test_ratios_that_do_not_sum_to_1_are_refused(tmp_path: Path, written: str, total: str) -> None:
    text = (ROOT / "params.yaml").read_text()
    file = tmp_path / "params.yaml"
    file.write_text(re.sub(r"train: 0\.70", written, text).replace("val: 0.15", "val: 0.05"))
    expected = rf"split\.ratios: expected train \+ val \+ test = 1, their sum is {total}, received"
    with pytest.raises(ParamsError, match=expected):
        load_params("split", SplitParams, file)


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
        split(collection("a" * 40 + "A" * 4), SplitParams(ratios=ratios, seed=42))
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
    summary = describe_split(table, PARAMS)
    one = {"images": 1, "lesions": 1}
    assert summary == {
        "seed": 42,
        "ratios": {"train": 0.7, "val": 0.15, "test": 0.15},
        "counts": {
            "train": {"benign": {"images": 3, "lesions": 2}, "malignant": one},
            "val": {"benign": one, "malignant": one},
            "test": {"benign": one, "malignant": one},
        },
        "positive_weight": 3.0,
        "lesion_ids": {"train": ["L1", "L2", "L3"], "val": ["L4", "L5"], "test": ["L6", "L7"]},
    }


def check_reference_split(metadata: pd.DataFrame) -> None:
    params = load_params("split", SplitParams, ROOT / "params.yaml")
    summary = describe_split(split(metadata, params), params)
    counts = summary["counts"]
    images = {part: sum(side["images"] for side in counts[part].values()) for part in SPLITS}
    assert images == {"train": 7010, "val": 1500, "test": 1505}
    assert counts["test"]["malignant"]["images"] == 288
    assert {part: len(ids) for part, ids in summary["lesion_ids"].items()} == {
        "train": 5229,
        "val": 1120,
        "test": 1121,
    }
    assert round(summary["positive_weight"], 4) == 4.1205


def test_the_lesions_of_ham10000_fall_into_the_reference_split() -> None:
    check_reference_split(reference())


@pytest.mark.skipif(not HAM10000.exists(), reason="HAM10000 is not on this machine")
def test_ham10000_itself_falls_into_the_reference_split() -> None:
    check_reference_split(read_metadata(HAM10000))

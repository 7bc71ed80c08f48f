"""The leakage audit on images with planted copies."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import write_csv
from lesion_pipeline.leakage.audit import audit, external_duplicates
from lesion_pipeline.leakage.params import AuditParams
from lesion_pipeline.splitting.params import Ratios, SplitParams
from lesion_pipeline.splitting.split import split
from lesion_pipeline.splitting.user_split import read_user_split

PARAMS = AuditParams(hash_distance=32, similarity=0.85)
SPLIT = SplitParams(
    strategy="reference", ratios=Ratios(train=0.5, val=0.25, test=0.25), folds=5, fold=1,
    file=None, same_lesion_pairs=None, seed=1,
)  # fmt: skip
LESIONS = 60


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of each lesion: 0 and 1 are copies, 2 and 3 mirrored; 4 has a second image."""
    folder = tmp_path_factory.mktemp("images")
    for number in range(LESIONS):
        cells = np.random.default_rng(number).integers(0, 256, (18, 24, 3), dtype=np.uint8)
        image = Image.fromarray(cells).resize((200, 150), Image.Resampling.BICUBIC)
        image.save(folder / f"I{number:02d}.jpg", quality=95)
        if number == 4:
            image.save(folder / "I04b.jpg", quality=70)
    Image.open(folder / "I00.jpg").resize((150, 110)).save(folder / "I01.jpg", quality=80)
    mirrored = Image.open(folder / "I02.jpg").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    mirrored.save(folder / "I03.jpg", quality=90)
    return folder


@pytest.fixture
def table() -> pd.DataFrame:
    """The split is settled by hand: 0 train, 1 test; 2 and 3 val."""
    numbers = [*range(LESIONS), 4]
    return pd.DataFrame(
        {
            "image_id": [f"I{number:02d}" for number in range(LESIONS)] + ["I04b"],
            "lesion_id": [f"L{number:02d}" for number in numbers],
            "dx": ["nv" if number < 30 else "mel" for number in numbers],
            "split": [("train", "test", "val", "val")[number % 4] for number in numbers],
        }
    )


def vectors(table: pd.DataFrame, noise: dict[int, float] | None = None) -> list[np.ndarray]:
    """Features in two parts; lesions 8 and 9 have nearly the same, as have both images of 4.

    `noise`: instead, how much the lesion after this one differs from it.
    """
    rows = np.random.default_rng(0).normal(size=(len(table), 40)).astype(np.float32)
    for lesion, much in ({8: 0.1} if noise is None else noise).items():
        rows[lesion + 1] = rows[lesion] + much * rows[lesion + 1]
    if noise is None:
        rows[-1] = rows[4] + 0.1 * rows[-1]
    return [rows[:25].astype(np.float16), rows[25:]]


def run(
    table: pd.DataFrame, images: Path, features: Any, **limits: Any
) -> tuple[pd.DataFrame, dict[str, Any]]:
    pairs, summary = audit(table, images, features, PARAMS.model_copy(update=limits), 2)
    return pairs, summary.model_dump()


def test_copies_are_listed_with_all_that_is_needed_to_judge(
    table: pd.DataFrame, images: Path
) -> None:
    pairs, figures = run(table, images, vectors(table))
    assert pairs.columns.tolist() == [
        "lesion_id_a", "lesion_id_b", "image_id_a", "image_id_b", "split_a", "split_b",
        "dx_a", "dx_b", "hash_distance", "similarity",
    ]  # fmt: skip
    rows = pairs.drop(columns=["hash_distance", "similarity"]).values.tolist()
    assert rows == [
        ["L00", "L01", "I00", "I01", "train", "test", "nv", "nv"],  # across, by hash
        ["L08", "L09", "I08", "I09", "train", "test", "nv", "nv"],  # across, by features
        ["L02", "L03", "I02", "I03", "val", "val", "nv", "nv"],
    ]
    assert (pairs["similarity"] == pairs["similarity"].round(3)).all()
    alike = pairs["hash_distance"] <= PARAMS.hash_distance
    assert alike.tolist() == [True, False, True]
    assert (pairs["similarity"] >= PARAMS.similarity).tolist() == [False, True, False]
    assert figures == {
        "images": 61,
        "lesions_in_two_splits": 0,
        "pairs_of_lesions": {"train_val": 0, "train_test": 2, "val_test": 0, "within_a_split": 1},
        "found_by": {"hash": 2, "similarity": 1},
        "same_lesion": {"pairs_of_images": 1, "found_by_hash": 1.0, "found_by_similarity": 1.0},
    }


def test_without_features_only_hashes_are_compared(table: pd.DataFrame, images: Path) -> None:
    pairs, figures = run(table, images, None)
    assert pairs[["lesion_id_a", "lesion_id_b"]].values.tolist() == [["L00", "L01"], ["L02", "L03"]]
    assert pairs["similarity"].isna().all()
    assert figures["found_by"] == {"hash": 2, "similarity": None}
    assert figures["same_lesion"]["found_by_similarity"] is None


def test_where_nothing_is_alike_the_list_is_empty(table: pd.DataFrame, images: Path) -> None:
    alone = table[~table["lesion_id"].isin(["L01", "L03", "L04"])].reset_index(drop=True)
    pairs, figures = run(alone, images, vectors(alone, {}))
    assert pairs.empty and "lesion_id_a" in pairs.columns
    assert set(figures["pairs_of_lesions"].values()) == {0}
    assert figures["same_lesion"] == {
        "pairs_of_images": 0, "found_by_hash": None, "found_by_similarity": None,
    }  # fmt: skip


def test_two_lesions_are_listed_once_with_the_images_across_splits(
    table: pd.DataFrame, images: Path
) -> None:
    """I02 and I03, both in val, are now of the lesions of I00 and I01, in train and test."""
    pairs, figures = run(table.replace({"lesion_id": {"L02": "L00", "L03": "L01"}}), images, None)
    assert pairs[["image_id_a", "image_id_b"]].values.tolist() == [["I00", "I01"]]
    assert figures["pairs_of_lesions"]["train_test"] == figures["found_by"]["hash"] == 1
    assert figures["pairs_of_lesions"]["within_a_split"] == 0


@pytest.mark.parametrize(("noise", "first"), [({8: 0.1, 12: 0.3}, 8), ({8: 0.3, 12: 0.1}, 12)])
def test_the_most_similar_come_first(
    table: pd.DataFrame, images: Path, noise: dict[int, float], first: int
) -> None:
    pairs, figures = run(table, images, vectors(table, noise))
    assert pairs["image_id_a"].tolist()[1:3] == [f"I{first:02d}", f"I{20 - first:02d}"]
    assert figures["same_lesion"] == {
        "pairs_of_images": 1, "found_by_hash": 1.0, "found_by_similarity": 0.0,
    }  # fmt: skip


def test_without_features_the_fewest_bits_come_first(table: pd.DataFrame, images: Path) -> None:
    across = table.assign(split=table["split"].where(table["image_id"] != "I03", "test"))
    pairs, _ = run(across, images, None)
    assert pairs["image_id_a"].tolist() == ["I02", "I00"]
    assert pairs["hash_distance"].is_monotonic_increasing and pairs["hash_distance"].is_unique


def test_what_is_at_a_limit_counts(table: pd.DataFrame, images: Path) -> None:
    pairs, figures = run(table, images, vectors(table))
    farthest = int(pairs["hash_distance"].iloc[0])  # the mirrored are closer
    same, again = run(table, images, vectors(table), hash_distance=farthest)
    pd.testing.assert_frame_equal(same, pairs)
    assert again == figures | {"same_lesion": again["same_lesion"]}
    three = table.iloc[[5, 6, 10]].reset_index(drop=True)  # few images have one direction: 1 or -1
    rows, figures = run(three, images, [np.array([[1.0], [1.0], [4.0]])], similarity=1.0)
    assert rows["similarity"].tolist() == [1.0]
    assert figures["found_by"] == {"hash": 0, "similarity": 1}


def test_a_pair_is_named_in_the_order_of_its_lesions(table: pd.DataFrame, images: Path) -> None:
    other = table.replace({"lesion_id": {"L00": "L99"}})
    first = run(other, images, None)[0].iloc[0]
    assert first[["lesion_id_a", "image_id_a", "split_a"]].tolist() == ["L01", "I01", "test"]
    assert first[["lesion_id_b", "image_id_b", "split_b"]].tolist() == ["L99", "I00", "train"]


def test_a_lesion_in_two_splits_would_be_counted(table: pd.DataFrame, images: Path) -> None:
    torn = table.assign(split=table["split"].mask(table["image_id"] == "I04b", "test"))
    assert run(torn, images, None)[1]["lesions_in_two_splits"] == 1


def test_the_list_can_be_given_to_split_which_then_leaks_no_more(
    table: pd.DataFrame, images: Path, tmp_path: Path
) -> None:
    pairs, _ = run(table, images, vectors(table))
    write_csv(tmp_path / "same.csv", pairs[pairs["lesion_id_a"] != "L02"])  # a user took one out
    given = read_user_split(tmp_path, None, str(tmp_path / "same.csv"))
    metadata = table.drop(columns="split")
    again = split(metadata, SPLIT, given)
    for first, second in (("I00", "I01"), ("I08", "I09")):
        rows = again[again["image_id"].isin([first, second])]
        assert rows["split"].nunique() == rows["lesion_id"].nunique() == 1
    order = again["image_id"].map({name: row for row, name in enumerate(table["image_id"])})
    features = np.concatenate([part.astype(np.float32) for part in vectors(table)])
    left, figures = run(again, images, [features[order]])
    assert left[["lesion_id_a", "lesion_id_b"]].values.tolist() == [["L02", "L03"]]
    assert figures["same_lesion"]["pairs_of_images"] == 3


def test_features_of_other_images_are_refused(table: pd.DataFrame, images: Path) -> None:
    with pytest.raises(DataError, match="expected the features of 60 images, found those of 61"):
        run(table.iloc[:60], images, vectors(table))


def test_an_image_that_can_not_be_read_is_named(table: pd.DataFrame, images: Path) -> None:
    table.loc[0, "image_id"] = "gone"
    with pytest.raises(DataError, match="image gone: no such file"):
        run(table, images, None)


def test_an_image_of_another_collection_that_looks_like_one_of_ours_is_found(
    images: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    there = tmp_path / "clinic/images"
    there.mkdir(parents=True)
    Image.open(images / "I01.jpg").resize((120, 90)).save(there / "copy.png")
    turned = Image.open(images / "I02.jpg").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    turned.save(there / "turned.jpg", quality=90)
    cells = np.random.default_rng(999).integers(0, 256, (18, 24, 3), dtype=np.uint8)
    Image.fromarray(cells).resize((200, 150), Image.Resampling.BICUBIC).save(there / "new.jpg")
    (there / "damaged.jpg").write_bytes(b"no image")
    found = external_duplicates(table, images, tmp_path, PARAMS, workers=2)
    assert found["image_id"].tolist() == ["copy", "turned"]
    assert found["collection"].tolist() == ["clinic", "clinic"]
    assert found["duplicate_of"].isin(["I00", "I01", "I02", "I03"]).all()
    assert found["split"].tolist() == [
        table.set_index("image_id").loc[image_id, "split"] for image_id in found["duplicate_of"]
    ]
    assert (found["hash_distance"] <= PARAMS.hash_distance).all()


def test_without_other_collections_no_image_is_read(table: pd.DataFrame, tmp_path: Path) -> None:
    found = external_duplicates(table, tmp_path / "none", tmp_path, PARAMS, workers=1)
    assert found.empty and list(found)[:2] == ["collection", "image_id"]

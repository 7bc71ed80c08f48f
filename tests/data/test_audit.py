"""The leakage audit on images with planted copies."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from lesion_pipeline.data.audit import AuditParams, audit, draw
from lesion_pipeline.data.given import read_given
from lesion_pipeline.data.split import Ratios, SplitParams, split
from lesion_pipeline.errors import DataError
from lesion_pipeline.files import write_csv

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


def vectors(table: pd.DataFrame, seed: int = 0) -> list[np.ndarray]:
    """Features in two parts; lesions 8 and 9 have nearly the same, as have both images of 4."""
    rows = np.random.default_rng(seed).normal(size=(len(table), 40)).astype(np.float32)
    rows[9] = rows[8] + 0.1 * rows[9]
    rows[-1] = rows[4] + 0.1 * rows[-1]
    return [rows[:25].astype(np.float16), rows[25:]]


def run(
    table: pd.DataFrame, images: Path, features: Any, **limits: Any
) -> tuple[pd.DataFrame, dict[str, Any]]:
    return audit(table, images, features, PARAMS.model_copy(update=limits), 2)


def test_copies_are_listed_with_all_that_one_needs_to_judge(
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
    pairs, figures = run(alone, images, None)
    assert pairs.empty and "lesion_id_a" in pairs.columns
    assert set(figures["pairs_of_lesions"].values()) == {0}
    assert figures["same_lesion"] == {
        "pairs_of_images": 0, "found_by_hash": None, "found_by_similarity": None,
    }  # fmt: skip
    assert draw(pairs, images, True) == {}


def test_of_several_images_of_two_lesions_the_most_alike_are_named(
    table: pd.DataFrame, images: Path
) -> None:
    """L00 has I05, too, unlike I01; then I01 becomes L04's, whose images are unlike I00."""
    more = table.replace({"lesion_id": {"L05": "L00", "L04": "L01"}})
    pairs, _ = run(more, images, None)
    assert pairs.iloc[0][["image_id_a", "image_id_b"]].tolist() == ["I00", "I01"]
    assert pairs.duplicated(["lesion_id_a", "lesion_id_b"]).sum() == 0


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
    given = read_given(tmp_path, None, str(tmp_path / "same.csv"))
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


def test_pairs_are_shown_side_by_side_if_they_were_generated(
    table: pd.DataFrame, images: Path
) -> None:
    pairs, _ = run(table, images, vectors(table))
    assert draw(pairs, images, False) == {}
    figure = draw(pairs, images, True)["closest"]
    assert isinstance(figure, Figure)
    titles = [axes.get_title().split(",")[0] for axes in figure.axes if axes.images]
    assert titles == ["L00", "L01", "L08", "L09", "L02", "L03"]

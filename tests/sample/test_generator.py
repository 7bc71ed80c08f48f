import filecmp
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.sample.drawing import draw_sample_image
from lesion_pipeline.sample.generator import SHARES, sample_table, write_sample
from lesion_pipeline.tables.metadata import COLUMNS, check_images, read_metadata

TABLE = sample_table(250, 42)
LESIONS = TABLE.drop_duplicates("lesion_id")


def test_the_size_of_the_default() -> None:
    assert len(LESIONS) == 250
    assert 320 <= len(TABLE) <= 380


def test_diagnoses_have_their_shares_of_the_lesions() -> None:
    counts = LESIONS["dx"].value_counts()
    assert set(counts.index) == set(DIAGNOSES) and counts.min() >= 2
    for dx, share in SHARES.items():
        assert counts[dx] / 250 == pytest.approx(share, abs=0.006)


def test_a_lesion_has_one_diagnosis_age_sex_and_site() -> None:
    for column in ("dx", "dx_type", "sex", "localization"):
        assert (TABLE.groupby("lesion_id")[column].nunique() == 1).all()
    assert (TABLE.groupby("lesion_id")["age"].nunique() <= 1).all()
    assert TABLE.groupby("lesion_id").size().max() in range(2, 5)


def test_facts_are_filled_as_in_ham10000() -> None:
    assert set(TABLE.loc[TABLE["dx"].isin(MALIGNANT), "dx_type"]) == {"histo"}
    benign = LESIONS[~LESIONS["dx"].isin(MALIGNANT)]
    assert (benign["dx_type"] == "histo").mean() == pytest.approx(0.42, abs=0.1)
    assert 1 <= TABLE["age"].isna().sum() <= 15
    ages = TABLE["age"].dropna()
    assert ages.between(0, 85).all() and (ages % 5 == 0).all()


def test_ids_cannot_be_taken_for_real_ones() -> None:
    assert TABLE["image_id"].str.startswith("SAMPLE_").all() and TABLE["image_id"].is_unique
    assert TABLE["lesion_id"].str.startswith("SAMPLE_").all()


def test_the_table_is_a_function_of_size_and_seed() -> None:
    assert sample_table(250, 42).equals(TABLE)
    assert not sample_table(250, 43).equals(TABLE)


def test_too_few_lesions_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"fetch\.sample\.lesions: expected at least 14, received 9"
    ):
        sample_table(9, 1)


def draw(lesion: str = "a", dx: str = "mel", view: int = 0, seed: int = 1) -> np.ndarray:
    return draw_sample_image(lesion, dx, view, seed)


def test_an_image_is_a_function_of_its_four_arguments() -> None:
    image = draw()
    assert image.shape == (450, 600, 3) and image.dtype == np.uint8
    np.testing.assert_array_equal(draw(), image)
    for other in (draw(lesion="b"), draw(dx="nv"), draw(view=1), draw(seed=2)):
        assert (other != image).any()


def test_an_unknown_diagnosis_is_refused() -> None:
    with pytest.raises(DataError, match="unknown dx 'wart', expected one of akiec, bcc, bkl"):
        draw(dx="wart")


def colours(image: np.ndarray) -> np.ndarray:
    """Mean colour on a coarse grid over the middle of the image, where the lesion is."""
    middle = image[105:345, 160:440].astype(float).reshape(4, 60, 4, 70, 3)
    return middle.mean(axis=(1, 3)).ravel()


@pytest.mark.slow
def test_views_of_a_lesion_are_more_alike_than_lesions() -> None:
    pairs = [[colours(draw(lesion, "mel", view)) for view in (0, 1)] for lesion in "abcd"]
    same = np.mean([np.abs(one - other).mean() for one, other in pairs])
    different = np.mean(
        [np.abs(pairs[i][0] - pairs[j][1]).mean() for i in range(4) for j in range(4) if i != j]
    )
    assert same < 0.7 * different


@pytest.mark.slow
def test_no_byte_depends_on_the_number_of_processes(tmp_path: Path) -> None:
    for processes in (1, 2):
        (tmp_path / str(processes)).mkdir()
        write_sample(tmp_path / str(processes), 14, 5, 90, processes)
    names = [path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*.*")]
    assert len(names) >= 15
    same, different, missing = filecmp.cmpfiles(
        tmp_path / "1", tmp_path / "2", [str(name) for name in names], shallow=False
    )
    assert (len(same), different, missing) == (len(names), [], [])
    table = read_metadata(tmp_path / "1" / "metadata.csv")
    assert tuple(table.columns) == COLUMNS
    images = [path for path in (tmp_path / "1" / "images").iterdir()]
    check_images(table, {path.stem for path in images})
    assert len({path.read_bytes() for path in images}) == len(images)

"""Any source ends in one layout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from lesion_pipeline.data.fetch import FetchParams, SampleParams, fetch
from lesion_pipeline.data.metadata import OURS, read_metadata
from lesion_pipeline.errors import DataError

SAMPLE = SampleParams(lesions=28, jpeg_quality=80, seed=1)
PLAIN = FetchParams(
    source="sample", path=None, sample=SAMPLE, **OURS.model_dump(), limit_lesions=None, seed=1
)


@pytest.fixture
def source(
    tmp_path: Path, metadata: pd.DataFrame, write_noise: Callable[[Path, int], None]
) -> Path:
    """A folder with images and their table."""
    folder = tmp_path / "source"
    for seed, image_id in enumerate(metadata["image_id"]):
        write_noise(folder / f"{image_id}.jpg", seed)
    metadata.to_csv(folder / "HAM10000_metadata.csv", index=False)
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "data/target").mkdir(parents=True)
    return tmp_path / "data/target"


def local(path: Path) -> FetchParams:
    return PLAIN.model_copy(update={"source": "local", "path": str(path)})


def test_a_local_collection(source: Path, target: Path, metadata: pd.DataFrame) -> None:
    summary = fetch(local(source), target, workers=1)
    assert summary == {"source": "local", "generated": False, "images": 42, "lesions": 28}
    pd.testing.assert_frame_equal(read_metadata(target / "metadata.csv"), metadata)
    assert {file.stem for file in (target / "images").iterdir()} == set(metadata["image_id"])


def test_a_part_of_a_collection_with_names_of_its_own(
    tmp_path: Path, target: Path, write_noise: Callable[[Path, int], None]
) -> None:
    dx = pd.Series(["naevus"] * 100 + ["mel"] * 20, name="diagnosis")
    names = pd.Series([f"I{number}" for number in range(120)], name="isic_id")
    pd.concat([names, dx], axis=1).to_csv(tmp_path / "metadata.csv", sep=";", index=False)
    for number, name in enumerate(names):
        write_noise(tmp_path / f"images/{name}.jpg", number)
    columns = dict.fromkeys(OURS.columns.model_dump()) | {
        "lesion_id": "isic_id", "image_id": "isic_id", "dx": "diagnosis",
    }  # fmt: skip
    changes = {
        "source": "local",
        "path": str(tmp_path),
        "columns": columns,
        "diagnoses": {"naevus": "nv"},
        "limit_lesions": 60,
    }
    params = FetchParams.model_validate(PLAIN.model_dump() | changes)
    assert fetch(params, target, workers=2)["images"] == 60
    table = read_metadata(target / "metadata.csv")
    assert table["dx"].value_counts().to_dict() == {"nv": 48, "mel": 12}
    assert table[["dx_type", "age", "sex", "localization"]].isna().all(axis=None)


def test_the_home_folder_may_be_short(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(source.parent))
    monkeypatch.setenv("USERPROFILE", str(source.parent))
    assert fetch(local(Path("~/source")), target, workers=1)["images"] == 42


def test_a_missing_source_is_named(tmp_path: Path, target: Path) -> None:
    with pytest.raises(DataError) as error:
        fetch(local(tmp_path / "nowhere"), target, workers=1)
    told = f"fetch.path: expected a folder or a zip file, received {tmp_path / 'nowhere'}"
    assert str(error.value) == told


@pytest.mark.parametrize("place", ["data", "data/target", "data/raw/deep"])
def test_a_source_that_the_pipeline_would_replace_is_refused(
    place: str, tmp_path: Path, target: Path
) -> None:
    with pytest.raises(DataError, match=r"fetch\.path: expected a place outside .*data, which"):
        fetch(local(tmp_path / place), target, workers=1)


@pytest.mark.slow
def test_a_sample_has_the_same_layout(target: Path) -> None:
    summary = fetch(PLAIN, target, workers=2)
    table = read_metadata(target / "metadata.csv")
    assert {file.stem for file in (target / "images").iterdir()} == set(table["image_id"])
    assert summary == {
        "source": "sample",
        "generated": True,
        "images": len(table),
        "lesions": 28,
    }


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"source": "local"}, "source local needs path, a folder or a zip file"),
        ({"source": "local", "path": ""}, "source local needs path, a folder or a zip file"),
        ({"source": "kaggle"}, "Input should be 'sample' or 'local'"),
        ({"limit_lesions": 60}, "limit_lesions is of other sources; for the sample, sample.lesion"),
        ({"source": "local", "path": "x", "limit_lesions": 48}, "greater than or equal to 49"),
        ({"diagnoses": {"melanoma": "melanom"}}, "expected one of akiec, bcc, bkl, df, mel, nv, v"),
        ({"columns": OURS.columns.model_dump() | {"dx": None}}, "Input should be a valid string"),
        ({"sample": {"lesions": 13, "jpeg_quality": 90, "seed": 1}}, "greater than or equal to 14"),
        ({"sample": {"lesions": 28, "jpeg_quality": 96, "seed": 1}}, "less than or equal to 95"),
    ],
)
def test_wrong_params_are_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        FetchParams.model_validate(PLAIN.model_dump() | changes)

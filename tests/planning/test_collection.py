"""Numbers of images before there are any."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from lesion_pipeline.planning.collection import counted, expected
from lesion_pipeline.planning.workload import PlannedParams
from lesion_pipeline.splitting.summary import SplitSummary
from tests.code_deps import ROOT
from tests.s3_server import storage


def images(params: PlannedParams, split: dict[str, Any] | None = None, **fetch: Any) -> Any:
    return expected(
        params.fetch.model_copy(update=fetch), params.split.model_copy(update=split or {})
    )


def test_the_generated_collection(params: PlannedParams) -> None:
    """It has 341 images of 250 lesions; 335 are expected."""
    found = images(params)
    assert found.images == {"train": 234, "val": 50, "test": 50}
    assert found.known == "about, from fetch.sample.lesions"


@pytest.mark.parametrize("source", ["dataverse", "isic", "kaggle"])
def test_ham10000(params: PlannedParams, source: str) -> None:
    found = images(params, source=source)
    assert sum(found.images.values()) == pytest.approx(10_015, abs=2)
    assert found.bytes == pytest.approx(2.76e9, rel=0.01)


def test_a_limit(params: PlannedParams) -> None:
    found = images(params, source="isic", limit_lesions=747)
    assert sum(found.images.values()) == pytest.approx(1001, abs=2)
    assert found.bytes == pytest.approx(2.76e8, rel=0.01)


def test_folds(params: PlannedParams) -> None:
    found = images(params, {"strategy": "kfold", "folds": 10}, source="isic")
    assert found.images == {"train": 8012, "val": 1002, "test": 1002}


def test_a_folder_and_zip_files_are_counted(params: PlannedParams, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name, size in (("a.jpg", 10), ("deep/b.PNG", 20), ("metadata.csv", 5)):
        (tmp_path / name).write_bytes(bytes(size))
    found = images(params, source="local", path=str(tmp_path))
    assert (sum(found.images.values()), found.bytes) == (1, 30)  # 2 images, each part rounded
    with zipfile.ZipFile(tmp_path / "part.zip", "w") as packed:
        for number in range(98):
            packed.writestr(f"{number}.jpeg", bytes(2))
    for path in (tmp_path, tmp_path / "part.zip"):
        found = images(params, source="local", path=str(path))
        assert sum(found.images.values()) in (98, 99, 100)
    assert found.bytes == 196
    assert found.known == f"counted in {tmp_path / 'part.zip'}"


def test_a_collection_that_is_not_there_has_no_images(params: PlannedParams) -> None:
    assert sum(images(params, source="local", path="/nowhere").images.values()) == 0


def test_what_is_divided_is_counted(tmp_path: Path) -> None:
    source = ROOT / "data/split/split_metadata.json"
    if not source.is_file():
        pytest.skip("NOT TESTED: the pipeline has not run here")
    found = counted(SplitSummary.read(source), 7)
    assert sum(found.images.values()) > 0 and found.bytes == 7


def test_a_folder_at_an_address_is_counted_there(params: PlannedParams, s3: str) -> None:
    for name, size in (("table.csv", 4), *((f"part/{number}.JPG", 10) for number in range(10))):
        storage().pipe_file(f"{s3}/clinic/{name}", b"x" * size)
    found = images(params, source="local", path=f"{s3}/clinic")
    assert (found.images, found.bytes) == ({"train": 7, "val": 2, "test": 2}, 100)
    assert found.known == f"counted in {s3}/clinic"

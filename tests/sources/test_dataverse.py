"""HAM10000 and its external test images by Dataverse's API, from a server on this machine."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.collection import HAM10000_CITATION
from lesion_pipeline.sources.dataverse import dataverse, external
from lesion_pipeline.sources.local import TABLES
from lesion_pipeline.sources.params import DataverseParams
from lesion_pipeline.sources.transfer import RetryPolicy
from tests.sources.server import Storage, cut, status
from tests.sources.sources import DATASET, Files, serve_dataverse

QUICK = RetryPolicy(attempts=2, timeout_s=20, pause_s=0.01)
FILES = {
    "HAM10000_images_part_1.zip",
    "HAM10000_images_part_2.zip",
    "HAM10000_metadata.csv",
}


@pytest.fixture
def params(storage: Storage, collection: Files) -> DataverseParams:
    serve_dataverse(storage, collection, collection.renamed("TEST_"))
    return DataverseParams(version="4.0", url=storage.url + "/")


def change(storage: Storage, name: str, label: str | None = None, **changes: Any) -> None:
    """Change what is listed of a file; a fact that becomes None is listed no more."""
    answer = json.loads(storage.files[DATASET])
    (entry,) = (entry for entry in answer["data"]["files"] if entry["label"] == name)
    entry["label"] = label or name
    facts = entry["dataFile"] | changes
    entry["dataFile"] = {name: fact for name, fact in facts.items() if fact is not None}
    storage.files[DATASET] = json.dumps(answer).encode()


def refusal(params: DataverseParams, downloads: Path) -> str:
    with pytest.raises(DataError) as error:
        dataverse(params, downloads, QUICK)
    return str(error.value)


def test_images_and_the_table_as_it_was_deposited(
    params: DataverseParams, collection: Files, tmp_path: Path
) -> None:
    delivery = dataverse(params, tmp_path, QUICK)
    *archives, deposit = delivery.sources
    members = [set(zipfile.ZipFile(file).namelist()) for file in archives]
    assert {Path(name).name for part in members for name in part} == set(collection.images)
    assert deposit.name in TABLES
    table = pd.read_csv(deposit)
    assert list(table) == [*collection.table, "dataset"]
    assert table["image_id"].tolist() == collection.table["image_id"].tolist()


def test_what_is_not_needed_is_not_downloaded(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    dataverse(params, tmp_path, QUICK)
    assert {path for _, path, _ in storage.asked if path.startswith("/s3/")} == {
        f"/s3/{name}?X-Amz-Signature=secret"
        for name in (*FILES - {"HAM10000_metadata.csv"}, "HAM10000_metadata.tab")
    }


def test_the_version_and_its_attribution(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    attribution = dataverse(params, tmp_path, QUICK).attribution
    assert ("GET", f"{DATASET}?persistentId=doi:10.7910/DVN/DBW86T", None) in storage.asked
    assert (attribution.version, attribution.date, attribution.licence) == (
        "4.0",
        "2023-02-07",
        "CC BY-NC 4.0",
    )
    assert attribution.citation == HAM10000_CITATION
    assert {file.name for file in attribution.files} == FILES
    for file in attribution.files:
        content = (tmp_path / "dataverse-4.0" / file.name).read_bytes()
        assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_second_run_asks_nothing(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    first = dataverse(params, tmp_path, QUICK)
    storage.asked.clear()
    assert dataverse(params, tmp_path, QUICK) == first
    assert storage.asked == []


def test_what_was_verified_stays_when_a_later_file_fails(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    part = "/s3/HAM10000_images_part_2.zip"
    storage.mishaps[part] = [cut(10_000), status(503), status(503)]
    assert "answers 503" in refusal(params, tmp_path)
    storage.asked.clear()
    dataverse(params, tmp_path, QUICK)
    assert storage.ranges_asked(part) == ["bytes=10000-"]
    assert storage.ranges_asked("/s3/HAM10000_images_part_1.zip") == []


def test_a_wrong_checksum_is_refused(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    storage.files["/s3/HAM10000_images_part_1.zip"] += b"!"
    told = refusal(params, tmp_path)
    assert "expected MD5 " in told and "secret" not in told
    assert (tmp_path / "dataverse-4.0/HAM10000_images_part_1.zip.wrong").is_file()


@pytest.mark.parametrize("label", ["HAM10000_metadata", "HAM10000_metadata.csv"])
def test_a_table_that_was_not_converted(
    params: DataverseParams, storage: Storage, tmp_path: Path, label: str
) -> None:
    """Then `format=original` is left out: older versions of Dataverse answer 404 to it."""
    change(storage, "HAM10000_metadata.tab", label=label, originalFileFormat=None)
    storage.routes.pop("/api/access/datafile/3172584")
    dataverse(params, tmp_path, QUICK)
    assert not [path for _, path, _ in storage.asked if path.endswith("format=original")]


def test_the_short_form_of_a_checksum_does(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    change(storage, "HAM10000_images_part_1.zip", checksum=None)
    assert len(dataverse(params, tmp_path, QUICK).sources) == 3


def test_a_file_without_a_checksum_is_refused(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    change(storage, "HAM10000_images_part_1.zip", checksum={"type": "SHA-1", "value": "0"}, md5="")
    assert refusal(params, tmp_path).endswith("no MD5 is listed for HAM10000_images_part_1.zip")


def test_a_file_that_is_not_listed_is_named(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    change(storage, "HAM10000_images_part_2.zip", label="images.zip")
    told = refusal(params, tmp_path)
    assert "doesn't list HAM10000_images_part_2.zip; it lists HAM10000_images_part_1.zip, " in told


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b'{"data": []}', b'{"data": {}}'])
def test_an_answer_of_another_kind(
    params: DataverseParams, storage: Storage, tmp_path: Path, answer: bytes
) -> None:
    storage.files[DATASET] = answer
    problem = refusal(params, tmp_path)
    assert "dataset.json: expected a dataset version with files; delete it to req" in problem


def test_an_answer_that_lacks_a_key_is_refused_by_its_name(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    change(storage, "HAM10000_images_part_1.zip", id=None)
    assert refusal(params, tmp_path).endswith("(data.files.0.dataFile.id: Field required)")


def test_a_version_that_does_not_exist(
    params: DataverseParams, storage: Storage, tmp_path: Path
) -> None:
    told = refusal(params.model_copy(update={"version": "9.0"}), tmp_path)
    assert "versions/9.0: the server answers 404" in told and "version or address" in told


def test_the_external_images_and_the_row_that_has_none(
    params: DataverseParams, collection: Files, tmp_path: Path
) -> None:
    delivery = external(params, tmp_path, QUICK)
    archive, table = delivery.sources
    assert table.read_bytes() == collection.renamed("TEST_").csv()
    assert table.name in TABLES
    assert len(zipfile.ZipFile(archive).namelist()) == len(collection.images)
    assert {file.name for file in delivery.attribution.files} == {
        "ISIC2018_Task3_Test_Images.zip",
        "ISIC2018_Task3_Test_GroundTruth.csv",
    }

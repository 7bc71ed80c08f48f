"""Any source ends in one layout."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
import yaml

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.sources.collection import GENERATED, HAM10000_CITATION, LOCAL, Collection
from lesion_pipeline.sources.fetch import SOURCES, FetchFolders, fetch
from lesion_pipeline.sources.params import FetchParams, SourceName
from lesion_pipeline.tables.metadata import read_metadata
from lesion_pipeline.tables.params import OURS
from tests.code_deps import ROOT
from tests.sources.server import Storage, silence
from tests.sources.sources import Files, fetch_params, serve_dataverse, serve_isic, serve_kaggle

pytestmark = pytest.mark.slow


@pytest.fixture
def folders(tmp_path: Path) -> FetchFolders:
    for name in ("target", "masks", "external"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return FetchFolders(
        tmp_path / "data/target", tmp_path / "data/masks", tmp_path / "data/external",
        tmp_path / "data/downloads",
    )  # fmt: skip


@pytest.fixture
def target(folders: FetchFolders) -> Path:
    return folders.raw


def local(path: Path) -> FetchParams:
    return fetch_params("local", path=str(path))


def test_a_local_collection(
    source: Path, folders: FetchFolders, target: Path, metadata: pd.DataFrame
) -> None:
    summary = fetch(local(source), folders, workers=1)
    assert summary.external == {}
    collection = Collection.read(target / "collection.json")
    assert collection == Collection(
        source="local", generated=False, malignant=("akiec", "bcc", "mel"), images=42, lesions=28,
        attribution=LOCAL,
    )  # fmt: skip
    assert summary.model_dump(exclude={"external", "labels"}) == collection.model_dump()
    assert summary.labels == dict.fromkeys(DIAGNOSES, 6)
    assert "licence: not known" in (target / "ATTRIBUTION.md").read_text().lower()
    assert list(folders.external.iterdir()) == []
    pd.testing.assert_frame_equal(read_metadata(target / "metadata.csv"), metadata)
    assert {file.stem for file in (target / "images").iterdir()} == set(metadata["image_id"])


def test_a_part_of_a_collection_with_names_of_its_own(
    tmp_path: Path, folders: FetchFolders, write_noise: Callable[[Path, int], None]
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
    assert fetch(fetch_params(**changes), folders, workers=2).images == 60
    table = read_metadata(folders.raw / "metadata.csv")
    assert table["dx"].value_counts().to_dict() == {
        "nv": 47,
        "mel": 13,
    }  # 7 + 46 * 93/106, 7 + 46 * 13/106
    assert table[["dx_type", "age", "sex", "localization"]].isna().all(axis=None)


def test_malignant_diagnoses_may_be_listed_in_any_order(
    source: Path, folders: FetchFolders
) -> None:
    params = fetch_params("local", path=str(source), malignant=["mel", "bkl"])
    assert fetch(params, folders, workers=1).malignant == ("bkl", "mel")


def test_the_home_folder_may_be_short(
    source: Path, folders: FetchFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(source.parent))
    monkeypatch.setenv("USERPROFILE", str(source.parent))
    assert fetch(local(Path("~/source")), folders, workers=1).images == 42


def test_a_missing_source_is_named(tmp_path: Path, folders: FetchFolders) -> None:
    with pytest.raises(DataError) as error:
        fetch(local(tmp_path / "nowhere"), folders, workers=1)
    told = f"expected a folder or a zip file, received {tmp_path / 'nowhere'}"
    assert str(error.value) == f"fetch.path: {told}"


def test_a_missing_other_collection_is_named(
    source: Path, tmp_path: Path, folders: FetchFolders
) -> None:
    other = {"name": "clinic", "path": str(tmp_path / "nowhere")}
    params = fetch_params("local", path=str(source), external=[other])
    told = rf"^fetch\.external: clinic: expected a folder or a zip file, received {tmp_path}"
    with pytest.raises(DataError, match=told):
        fetch(params, folders, workers=1)


def test_a_path_may_be_relative_to_the_top_of_the_repository(
    source: Path, folders: FetchFolders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also in the copy in which `dvc exp run --temp` runs."""
    copy = tmp_path / ".dvc/tmp/exps/standalone/tmp1"
    copy.mkdir(parents=True)
    for place in (tmp_path, copy):
        monkeypatch.chdir(place)
        assert fetch(local(Path("source")), folders, workers=1).images == 42
        with pytest.raises(DataError) as error:
            fetch(local(Path("nowhere")), folders, workers=1)
        assert str(error.value) == (
            "fetch.path: expected a folder or a zip file, received nowhere, relative to "
            f"{tmp_path}, the top folder of the repository"
        )


def test_a_collection_without_diagnoses(source: Path, folders: FetchFolders) -> None:
    table = pd.read_csv(source / "HAM10000_metadata.csv")
    table["dx"] = table["dx"].isin(["mel", "bcc"]).map({True: "cancer", False: "benign"})
    table.to_csv(source / "HAM10000_metadata.csv", index=False)
    diagnoses = {"cancer": "malignant"}
    summary = fetch(
        fetch_params("local", path=str(source), diagnoses=diagnoses), folders, workers=1
    )
    assert summary.malignant == ("malignant",)
    assert summary.labels == {"benign": 30, "malignant": 12}
    assert Collection.read(folders.raw / "collection.json").malignant == ("malignant",)


def test_a_collection_has_the_name_that_a_user_gives(source: Path, folders: FetchFolders) -> None:
    stated = {"name": "Clinic", "licence": "Hospital 7", "citation": "Somebody 2026"}
    summary = fetch(fetch_params("local", path=str(source), **stated), folders, workers=1)
    assert summary.attribution == LOCAL.stated("Clinic", "Hospital 7", "Somebody 2026")
    text = (folders.raw / "ATTRIBUTION.md").read_text()
    assert text.startswith("# Clinic\n") and "HAM10000" not in text


@pytest.mark.parametrize("place", ["data", "data/target", "data/raw/deep"])
def test_a_source_that_the_pipeline_would_replace_is_refused(
    place: str, tmp_path: Path, folders: FetchFolders
) -> None:
    with pytest.raises(DataError, match=r"fetch\.path: expected a place outside .*data, which"):
        fetch(local(tmp_path / place), folders, workers=1)


@pytest.mark.slow
def test_a_sample_has_the_same_layout(folders: FetchFolders, target: Path) -> None:
    summary = fetch(fetch_params("sample"), folders, workers=2)
    table = read_metadata(target / "metadata.csv")
    assert {file.stem for file in (target / "images").iterdir()} == set(table["image_id"])
    assert summary.generated and summary.source == "sample" and summary.external == {}
    assert (summary.images, summary.lesions) == (len(table), 28)
    assert summary.attribution == GENERATED
    assert "- Licence: MIT\n" in (target / "ATTRIBUTION.md").read_text()


def test_a_second_collection_is_kept_apart(
    source: Path, folders: FetchFolders, storage: Storage, collection: Files
) -> None:
    serve_dataverse(storage, collection, collection.renamed("TEST_"))
    params = fetch_params("local", storage.url, path=str(source), external=("isic2018_test",))
    summary = fetch(params, folders, workers=1)
    second = Collection.read(folders.external / "isic2018_test/collection.json")
    assert summary.external == {"isic2018_test": second}
    assert (second.source, second.images, second.lesions) == ("isic2018_test", 42, 28)
    assert not second.generated and second.malignant == summary.malignant
    images = {
        file.name: file.read_bytes()
        for file in (folders.external / "isic2018_test/images").iterdir()
    }
    assert images == collection.renamed("TEST_").images
    text = (folders.external / "isic2018_test/ATTRIBUTION.md").read_text()
    assert text.startswith("# ISIC 2018 Task 3, test part\n")
    own = {file.stem for file in (folders.raw / "images").iterdir()}
    assert own == set(collection.table["image_id"])


def test_a_collection_on_this_machine_is_kept_apart_under_its_own_name(
    source: Path, folders: FetchFolders, collection: Files, tmp_path: Path, storage: Storage
) -> None:
    other = collection.renamed("TEST_")
    table = other.table.rename(columns={"dx": "diagnosis"})
    table["diagnosis"] = table["diagnosis"].replace({"mel": "melanoma"})
    (tmp_path / "clinic").mkdir()
    table.to_csv(tmp_path / "clinic/metadata.csv", index=False)
    for name, content in other.images.items():
        (tmp_path / "clinic" / name).write_bytes(content)
    wanted = {
        "name": "clinic",
        "path": str(tmp_path / "clinic"),
        "columns": OURS.columns.model_dump() | {"dx": "diagnosis"},
        "diagnoses": {"melanoma": "mel"},
    }
    params = fetch_params("local", storage.url, path=str(source), external=[wanted])
    summary = fetch(params, folders, workers=1)
    assert list(summary.external) == ["clinic"] and summary.external["clinic"].images == 42
    found = read_metadata(folders.external / "clinic/metadata.csv")
    assert sorted(found["dx"]) == sorted(collection.table["dx"])


@pytest.mark.parametrize("column", ["image_id", "lesion_id"])
def test_a_second_collection_that_shares_a_lesion_is_refused(
    column: str, source: Path, folders: FetchFolders, storage: Storage, collection: Files
) -> None:
    other = collection.renamed("TEST_")
    table = other.table.assign(**{column: collection.table[column]})
    images = collection.images if column == "image_id" else other.images
    serve_dataverse(storage, collection, Files(table, images))
    params = fetch_params("local", storage.url, path=str(source), external=("isic2018_test",))
    with pytest.raises(
        DataError,
        match=rf"external: isic2018_test: {column} also in the collection itself: ._akiec",
    ):
        fetch(params, folders, workers=1)


def test_every_source_that_params_allow_is_in_the_table() -> None:
    assert tuple(SOURCES) == get_args(SourceName)


REMOTE = ("dataverse", "isic", "kaggle")
RUN = """
import runpy
from kagglesdk import kaggle_env
kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = "{url}"  # it has no setting for that
runpy.run_module("stages.fetch", run_name="__main__")
"""


def project(folder: Path, params: FetchParams) -> Path:
    """A folder with nothing but a params.yaml."""
    folder.mkdir()
    write_params(folder, params)
    return folder


def write_params(folder: Path, params: FetchParams) -> None:
    sections = yaml.safe_load((ROOT / "params.yaml").read_text()) | {"fetch": params.model_dump()}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections))


def start_stage(folder: Path, url: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN.format(url=url)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(folder), "KAGGLE_API_TOKEN": "good"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run_stage(folder: Path, url: str = "", status: int = 0) -> str:
    running = start_stage(folder, url)
    output, errors = running.communicate()
    assert running.returncode == status, output + errors
    return output + errors


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("name", REMOTE)
def test_the_stage_gives_the_same_as_from_this_machine(
    name: str, source: Path, storage: Storage, collection: Files, tmp_path: Path
) -> None:
    """The real `python -m stages.fetch`, from the servers and from a folder."""
    serve_dataverse(storage, collection, collection.renamed("TEST_"))
    serve_isic(storage, collection)
    serve_kaggle(storage, collection)
    here = project(tmp_path / "here", local(source))
    there = project(tmp_path / "there", fetch_params(name, storage.url))
    run_stage(here)
    assert f"42 images of 28 lesions from {name}\n" in run_stage(there, storage.url)
    assert content(there / "data/raw/images") == content(here / "data/raw/images")
    tables = [read_metadata(place / "data/raw/metadata.csv") for place in (here, there)]
    stated = ["lesion_id", "image_id", "dx", "dx_type"] if name == "isic" else list(tables[0])
    pd.testing.assert_frame_equal(tables[0][stated], tables[1][stated])
    summary = json.loads((there / "metrics/fetch.json").read_text())
    text = (there / "data/raw/ATTRIBUTION.md").read_text()
    assert f"- Cite: {HAM10000_CITATION}" in text and "CC BY-NC 4.0" in text
    for file in summary["attribution"]["files"]:
        assert f"| {file['name']} | {file['size']} | {file['md5']} | {file['sha256']} |" in text
    assert content(there / "data/external") == {"collections.json": b'{\n  "collections": []\n}\n'}
    assert content(there / "data/masks") == {"count.json": b'{\n  "masks": 0\n}\n'}
    written = json.loads((there / "data/raw/collection.json").read_text())
    assert summary == written | {"labels": dict.fromkeys(DIAGNOSES, 6), "external": {}}
    before = content(there / "metrics"), text
    storage.asked.clear()
    run_stage(there, storage.url)
    assert storage.asked == []
    assert before == (
        content(there / "metrics"),
        (there / "data/raw/ATTRIBUTION.md").read_text(),
    )


def test_a_killed_stage_keeps_what_was_verified(
    storage: Storage, collection: Files, tmp_path: Path
) -> None:
    serve_dataverse(storage, collection, collection.renamed("TEST_"))
    folder = project(tmp_path / "project", fetch_params("dataverse", storage.url))
    second = "/s3/HAM10000_images_part_2.zip"
    storage.mishaps[second] = [silence(10_000, 30)]
    running = start_stage(folder)
    partial = folder / "data/downloads/dataverse-4.0/HAM10000_images_part_2.zip.partial"
    while not (partial.exists() and partial.stat().st_size == 10_000):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert not (folder / "data/raw").exists() and not (folder / "metrics").exists()
    storage.asked.clear()
    run_stage(folder)
    assert storage.ranges_asked(second) == ["bytes=10000-"]
    assert storage.ranges_asked("/s3/HAM10000_images_part_1.zip") == []
    assert content(folder / "data/raw/images") == collection.images


def test_a_stage_that_fails_tells_the_reason_and_keeps_the_former_data(
    source: Path, storage: Storage, collection: Files, tmp_path: Path
) -> None:
    folder = project(tmp_path / "project", local(source))
    run_stage(folder)
    before = content(folder / "data/raw/images"), content(folder / "metrics")
    write_params(folder, fetch_params("dataverse", storage.url))
    told = run_stage(folder, status=1)
    assert "error: http" in told and "the server answers 404" in told and "Traceback" not in told
    assert before == (content(folder / "data/raw/images"), content(folder / "metrics"))

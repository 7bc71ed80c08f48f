"""A bundle and images at an address, on a real S3 server, give what they give here."""

import json
import shutil
from pathlib import Path

import pytest

from lesion_pipeline.bundle.manifest import MANIFEST
from lesion_pipeline.cli import main
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.serve.remote_bundle import bundle_folder as brought
from tests.s3_server import put, storage
from tests.serve.pictures import draw_three, rows


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LESION_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def exported(bundle_folder: Path) -> Path:
    """A bundle on this machine."""
    return bundle_folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_path_is_left_as_it_is() -> None:
    assert brought(Path("a/b")) == brought("a/b") == Path("a/b")


def test_a_bundle_is_brought_once_and_again_when_it_has_changed(
    exported: Path, s3: str, cache: Path
) -> None:
    address = put(exported, f"{s3}/run1/export")
    storage().pipe_file(f"{address}/code.py", b"unknown")
    first = brought(address)
    assert first.is_relative_to(cache) and contents(first) == contents(exported)
    stamp = (first / MANIFEST).stat().st_mtime_ns
    assert brought(address) == first and (first / MANIFEST).stat().st_mtime_ns == stamp
    manifest = (first / MANIFEST).read_bytes()
    storage().pipe_file(f"{address}/{MANIFEST}", manifest + b"\n")
    second = brought(address)
    assert second != first and (second / MANIFEST).read_bytes() == manifest + b"\n"
    assert (first / MANIFEST).read_bytes() == manifest
    assert sorted(cache.iterdir()) == sorted((first, second))


def test_what_is_no_bundle_is_refused_and_not_kept(
    exported: Path, s3: str, cache: Path, tmp_path: Path
) -> None:
    storage().pipe_file(f"{s3}/images/a.jpg", b"x")
    with pytest.raises(BundleError, match=f"{s3}/images: no bundle there"):
        brought(f"{s3}/images")
    wrong = Path(shutil.copytree(exported, tmp_path / "wrong"))
    manifest = json.loads((wrong / MANIFEST).read_text())
    (wrong / MANIFEST).write_text(json.dumps(manifest | {"another": 1}))
    with pytest.raises(BundleError, match="another"):
        brought(put(wrong, f"{s3}/wrong"))
    assert list(cache.iterdir()) == []


def predicted(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["predict", *map(str, arguments), "--quiet"]) == 0
    return rows(capsys.readouterr().out)


def test_predictions_are_those_of_the_files_here(
    exported: Path, s3: str, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = draw_three(tmp_path / "images")
    bundle, there = put(exported, f"{s3}/export"), put(images, f"{s3}/images")
    here = predicted(capsys, images, "--bundle", exported)
    found = predicted(capsys, there, f"{there}/1.jpg", "--bundle", bundle)
    assert [row["image"] for row in found[:3]] == [f"{there}/{n}.jpg" for n in range(3)]
    drop = {"image": ""}
    assert [row | drop for row in found] == [row | drop for row in [*here, here[1]]]


def test_a_missing_image_is_an_error_or_a_row(
    exported: Path, s3: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = put(draw_three(tmp_path / "images"), f"{s3}/images")
    bundle = ("--bundle", str(exported), "--quiet")
    assert main(["predict", f"{there}/9.jpg", *bundle]) == 2
    assert capsys.readouterr().err == f"error: no such file: {there}/9.jpg\n"
    paths = tmp_path / "paths.txt"
    paths.write_text(f"{there}/9.jpg\n{there}/0.jpg\n")
    assert main(["predict", "--list", str(paths), *bundle]) == 1
    missing, found = rows(capsys.readouterr().out)
    assert missing["error"] == "there is no such file or folder"
    assert found["probability_malignant"] and not found["error"]


def test_a_storage_that_fails_ends_the_run_which_then_resumes(
    exported: Path, s3: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Rows of errors for all further images would look like a finished output."""
    images = draw_three(tmp_path / "images")
    there, output = put(images, f"{s3}/images"), tmp_path / "out.csv"
    command = ["predict", there, "--bundle", str(exported), "--output", str(output)]
    with monkeypatch.context() as patch:
        patch.setattr("lesion_pipeline.serve.classifier.BATCH", 1)
        store, cat = storage(), storage().cat_file

        def fail(path: str, **options: object) -> bytes:
            if path.endswith("2.jpg"):
                raise OSError("the network is down")
            return bytes(cat(path, **options))

        patch.setattr(store, "cat_file", fail)
        assert main(command) == 2
    assert f"error: {there}/2.jpg: the network is down" in capsys.readouterr().err
    assert not output.exists() and output.with_name("out.csv.partial").exists()
    assert main(command) == 0
    assert len(rows(output.read_text())) == 3


def test_images_are_explained_from_an_address(
    exported: Path, s3: str, cache: Path, tmp_path: Path
) -> None:
    images = draw_three(tmp_path / "images")
    bundle, there = put(exported, f"{s3}/export"), put(images, f"{s3}/images")
    for place, network, target in ((images, exported, "here"), (there, bundle, "there")):
        shown = ["--bundle", str(network), "--output", str(tmp_path / target), "--quiet"]
        assert main(["explain", str(place), *shown]) == 0
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert len(contents(tmp_path / "here")) == 3

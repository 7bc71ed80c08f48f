"""A collection on this machine: every layout gives the same, and the source is only read."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.data.local import LocalParams, copy_local
from lesion_pipeline.data.metadata import OURS, read_metadata
from lesion_pipeline.errors import DataError

PARAMS = LocalParams(**OURS.model_dump(), limit_lesions=None, seed=1)

IMAGES = {"I1.jpg": b"one", "I2.jpg": b"two", "I3.jpg": b"three"}
LAYOUTS = {
    "two parts": ("HAM10000_images_part_1", "HAM10000_images_part_2", "HAM10000_images_part_2"),
    "one folder": ("images", "images", "images"),
    "flat": ("", "", ""),
    "deep": ("a/b/c", "a/b", "a"),
}


def lay(
    folder: Path, places: tuple[str, ...] = LAYOUTS["flat"], table: str = "metadata.csv"
) -> Path:
    """Write three images, each into its place, and their table."""
    for (name, content), place in zip(IMAGES.items(), places, strict=True):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / name).write_bytes(content)
    rows = [(f"L{name}", name[:2], "nv", "histo", 50, "male", "back") for name in IMAGES]
    columns = ["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / table, index=False)
    return folder


def zipped(folder: Path, **members: bytes) -> Path:
    """Pack a folder; `members` are added as they are named."""
    file = folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def as_folder(folder: Path) -> Path:
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def copied(*sources: Path, target: Path, params: LocalParams = PARAMS) -> dict[str, bytes]:
    copy_local(sources, target, params, workers=2)
    assert sorted(entry.name for entry in target.iterdir()) == ["images", "metadata.csv"]
    return {file.name: file.read_bytes() for file in (target / "images").iterdir()}


def refusal(source: Path, target: Path) -> str:
    with pytest.raises(DataError) as error:
        copy_local([source], target, PARAMS, workers=2)
    return str(error.value)


@pytest.mark.parametrize("pack", [as_folder, zipped])
@pytest.mark.parametrize("places", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_same(
    tmp_path: Path, target: Path, places: tuple[str, ...], pack: Callable[[Path], Path]
) -> None:
    source = lay(tmp_path / "source", places)
    assert copied(pack(source), target=target) == IMAGES
    brought, given = (read_metadata(folder / "metadata.csv") for folder in (target, source))
    pd.testing.assert_frame_equal(brought, given)


@pytest.mark.parametrize("pack", [as_folder, zipped])
@pytest.mark.parametrize("table", ["metadata.csv", "HAM10000_metadata.csv", "HAM10000_metadata"])
def test_the_table_may_have_its_first_name(
    tmp_path: Path, target: Path, table: str, pack: Callable[[Path], Path]
) -> None:
    assert copied(pack(lay(tmp_path / "source", table=table)), target=target) == IMAGES


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_an_image_twice_with_the_same_bytes_is_taken_once(
    tmp_path: Path, target: Path, pack: Callable[[Path], Path]
) -> None:
    source = lay(tmp_path / "source", ("a", "a", "a"))
    shutil.copytree(source / "a", source / "b")
    assert copied(pack(source), target=target) == IMAGES


@pytest.mark.parametrize("pack", [as_folder, zipped])
@pytest.mark.parametrize("name", ["I2.jpg", "I2.JPG", "I2.png", "I2.jpeg"])
def test_an_image_twice_with_different_bytes_is_refused(
    tmp_path: Path, target: Path, name: str, pack: Callable[[Path], Path]
) -> None:
    source = lay(tmp_path / "source", ("a", "a", "a"))
    (source / "b").mkdir()
    (source / "b" / name).write_bytes(b"other")
    assert "image I2 twice with different bytes" in refusal(pack(source), target)


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_suffixes_become_small(tmp_path: Path, target: Path, pack: Callable[[Path], Path]) -> None:
    source = lay(tmp_path / "source")
    (source / "I1.jpg").rename(source / "I1.JPG")
    assert copied(pack(source), target=target) == IMAGES


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_what_systems_leave_behind_is_ignored(
    tmp_path: Path, target: Path, pack: Callable[[Path], Path]
) -> None:
    source = lay(tmp_path / "source")
    (source / "__MACOSX").mkdir()
    for name in ("__MACOSX/I1.jpg", "__MACOSX/metadata.csv", "._I1.jpg", ".DS_Store", "notes.txt"):
        (source / name).write_bytes(b"debris")
    (source / "HAM10000_metadata").mkdir()  # a folder is no table
    assert copied(pack(source), target=target) == IMAGES


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_no_table_is_refused(tmp_path: Path, target: Path, pack: Callable[[Path], Path]) -> None:
    source = lay(tmp_path / "source")
    (source / "metadata.csv").unlink()
    told = "expected one of metadata.csv, HAM10000_metadata.csv, HAM10000_metadata, found none"
    assert refusal(pack(source), target).endswith(told)


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_two_tables_are_refused(tmp_path: Path, target: Path, pack: Callable[[Path], Path]) -> None:
    source = lay(tmp_path / "source")
    (source / "a").mkdir()
    shutil.copyfile(source / "metadata.csv", source / "a/HAM10000_metadata.csv")
    told = refusal(pack(source), target)
    assert told.split("found ")[1].count("metadata.csv") == 2


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_no_images_are_refused(tmp_path: Path, target: Path, pack: Callable[[Path], Path]) -> None:
    source = lay(tmp_path / "source")
    for name in IMAGES:
        (source / name).unlink()
    assert refusal(pack(source), target).endswith(": no images (.jpg, .jpeg, .png)")


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_images_and_rows_must_belong_together(
    tmp_path: Path, target: Path, pack: Callable[[Path], Path]
) -> None:
    source = lay(tmp_path / "source")
    (source / "I1.jpg").rename(source / "I9.jpg")
    assert refusal(pack(source), target).splitlines() == [
        "1 rows of the metadata without an image: I1",
        "1 images without a row in the metadata: I9",
    ]
    assert not (target / "images").exists()


@pytest.mark.parametrize("name", ["nowhere", "file.txt"])
def test_what_is_neither_folder_nor_zip_is_refused(tmp_path: Path, target: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    source = tmp_path / name
    told = f"fetch.path: expected a folder or a zip file, received {source}"
    assert refusal(source, target) == told


def test_a_folder_is_linked_not_copied(tmp_path: Path, target: Path) -> None:
    source = lay(tmp_path / "source", LAYOUTS["two parts"])
    copy_local([source], target, PARAMS, workers=2)
    link = target / "images/I1.jpg"
    assert link.is_symlink()
    assert link.resolve() == (source / "HAM10000_images_part_1/I1.jpg").resolve()


def test_links_of_a_relative_source_lead_there(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "source")
    monkeypatch.chdir(tmp_path)
    assert copied(Path("source"), target=target) == IMAGES


def test_the_source_is_only_read(tmp_path: Path, target: Path) -> None:
    def state() -> list[tuple[object, ...]]:
        paths = [source, *sorted(source.rglob("*"))]
        stats = [(path, path.lstat()) for path in paths]
        return [(path, stat.st_mode, stat.st_mtime_ns, stat.st_size) for path, stat in stats]

    source = lay(tmp_path / "source", LAYOUTS["two parts"])
    for path in source.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = state()
    copy_local([source], target, PARAMS, workers=2)
    assert state() == before
    assert {file.name: file.read_bytes() for file in source.rglob("*.jpg")} == IMAGES


@pytest.mark.parametrize(
    "name", ["../../evil.jpg", "/evil.jpg", "..\\..\\evil.jpg", "a/../../../evil.jpg"]
)
def test_a_member_of_a_zip_can_not_choose_where_it_goes(
    tmp_path: Path, target: Path, name: str
) -> None:
    source = lay(tmp_path / "source")
    table = source / "metadata.csv"
    table.write_text(table.read_text() + "L4,evil,nv,histo,50,male,back\n")
    file = zipped(source, **{name: b"evil"})
    before = set(tmp_path.rglob("*")) | set(tmp_path.parent.iterdir())
    try:
        copy_local([file], target, PARAMS, workers=2)
    except DataError as error:
        assert "evil" in str(error)  # where a backslash is a part of the name
    else:
        assert (target / "images/evil.jpg").read_bytes() == b"evil"
    new = (set(tmp_path.rglob("*")) | set(tmp_path.parent.iterdir())) - before
    assert all(path.is_relative_to(target) for path in new)
    assert not Path("/evil.jpg").exists()


def test_a_damaged_zip_is_refused(tmp_path: Path, target: Path) -> None:
    file = zipped(lay(tmp_path / "source"))
    content = file.read_bytes()
    file.write_bytes(content.replace(b"three", b"thr3e"))
    told = f"{file}:I3.jpg can't be unpacked: Bad CRC-32 for file 'I3.jpg'"
    assert refusal(file, target) == told


def test_half_a_zip_is_refused(tmp_path: Path, target: Path) -> None:
    file = zipped(lay(tmp_path / "source"))
    file.write_bytes(file.read_bytes()[:-100])
    told = f"fetch.path: expected a folder or a zip file, received {file}"
    assert refusal(file, target) == told

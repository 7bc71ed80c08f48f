"""A collection on this machine: every layout gives the same, and the source is only read."""

import os
import random
import resource
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import whole_folder
from lesion_pipeline.sources.local import TABLES, copy_local
from lesion_pipeline.sources.params import LocalParams
from lesion_pipeline.tables.metadata import read_metadata
from lesion_pipeline.tables.params import OURS

PARAMS = LocalParams(**OURS.model_dump(), table=None, limit_lesions=None, seed=1)

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
@pytest.mark.parametrize("table", TABLES)
def test_the_table_may_have_its_first_name(
    tmp_path: Path, target: Path, table: str, pack: Callable[[Path], Path]
) -> None:
    assert copied(pack(lay(tmp_path / "source", table=table)), target=target) == IMAGES


def test_a_download_may_stay_packed(tmp_path: Path, target: Path) -> None:
    """As Dataverse gives it: the images in two zips, the table beside them."""
    source = lay(tmp_path / "source", ("part_1", "part_2", "part_2"), "HAM10000_metadata.tab")
    for part in ("part_1", "part_2"):
        zipped(source / part)
        shutil.rmtree(source / part)
    assert sorted(file.name for file in source.iterdir()) == [
        "HAM10000_metadata.tab", "part_1.zip", "part_2.zip",
    ]  # fmt: skip
    assert copied(source, target=target) == IMAGES


def test_zips_beside_images_are_left_alone(tmp_path: Path, target: Path) -> None:
    source = lay(tmp_path / "source")
    zipped(lay(source / "other"))
    shutil.rmtree(source / "other")
    assert copied(source, target=target) == IMAGES  # else there were two tables


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
@pytest.mark.parametrize("content", [b"tw", b"two and more", b"twO", b""])
def test_every_byte_counts(
    tmp_path: Path, target: Path, content: bytes, pack: Callable[[Path], Path]
) -> None:
    source = lay(tmp_path / "source", ("a", "a", "a"))
    (source / "b").mkdir()
    (source / "b/I2.jpg").write_bytes(content)
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
    told = f"expected one of {', '.join(TABLES)}, found none"
    assert refusal(pack(source), target).endswith(told)


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_two_tables_are_refused(tmp_path: Path, target: Path, pack: Callable[[Path], Path]) -> None:
    source = lay(tmp_path / "source")
    (source / "a").mkdir()
    shutil.copyfile(source / "metadata.csv", source / "a/HAM10000_metadata.csv")
    found, hint = refusal(pack(source), target).split(" found ", maxsplit=1)[1].splitlines()
    assert found.count("metadata.csv") == 2
    before, names = hint.split("; found ")
    assert before == "Hint: -S fetch.table=NAME"
    assert set(names.split(", ")) == {"metadata.csv", "HAM10000_metadata.csv"}


@pytest.mark.parametrize("pack", [as_folder, zipped])
@pytest.mark.parametrize("name", ["labels.csv", "a/labels.csv", "a/list of images"])
def test_the_table_may_have_any_name(
    tmp_path: Path, target: Path, name: str, pack: Callable[[Path], Path]
) -> None:
    source = lay(tmp_path / "source")
    (source / "a").mkdir()
    (source / "metadata.csv").rename(source / name)
    (source / "other").mkdir()
    (source / "other/labels.csv").write_text("other\n" if name == "a/labels.csv" else "")
    if name == "labels.csv":
        shutil.rmtree(source / "other")
    params = PARAMS.model_copy(update={"table": name})
    assert copied(pack(source), target=target, params=params) == IMAGES


def test_a_table_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, target: Path
) -> None:
    source = lay(tmp_path / "source", table="a.csv")
    params = PARAMS.model_copy(update={"table": "b.csv"})
    with pytest.raises(DataError) as error:
        copy_local([source], target, params, workers=1)
    assert str(error.value) == (f"{source}: expected b.csv, found none\nHint: -S fetch.table=a.csv")
    (source / "0 notes.txt").write_text("not the table")
    with pytest.raises(DataError, match=r"\nHint: -S fetch.table=NAME; found 0 notes.txt, a.csv$"):
        copy_local([source], target, params, workers=1)


@pytest.mark.parametrize("ending", [".jpg", ".JPG"])
def test_an_image_id_may_have_the_ending_of_the_file(
    tmp_path: Path, target: Path, ending: str
) -> None:
    source = lay(tmp_path / "source")
    table = pd.read_csv(source / "metadata.csv")
    table.assign(image_id=table["image_id"] + ending).to_csv(source / "metadata.csv", index=False)
    assert copied(source, target=target) == IMAGES
    assert read_metadata(target / "metadata.csv")["image_id"].tolist() == ["I1", "I2", "I3"]


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


def test_several_sources_are_one_collection(tmp_path: Path, target: Path) -> None:
    whole = lay(tmp_path / "source", ("a", "b", "c"))
    table = tmp_path / "HAM10000_metadata.csv"
    (whole / "metadata.csv").rename(table)
    parts = [zipped(whole / "a"), zipped(whole / "b"), whole / "c", zipped(whole / "c")]
    assert copied(*parts, table, target=target) == IMAGES


@pytest.mark.parametrize("first", [as_folder, zipped])
@pytest.mark.parametrize("second", [as_folder, zipped])
def test_an_image_in_two_sources_must_be_the_same(
    tmp_path: Path, target: Path, first: Callable[[Path], Path], second: Callable[[Path], Path]
) -> None:
    sources = [first(lay(tmp_path / "one")), second(lay(tmp_path / "two"))]
    (tmp_path / "two/metadata.csv").unlink()
    (tmp_path / "two/I2.jpg").write_bytes(b"two and more")
    sources[1] = second(tmp_path / "two")
    with pytest.raises(DataError, match=r"^image I2 twice with different bytes: .*one.*two"):
        copy_local(sources, target, PARAMS, workers=2)


def test_a_name_with_accents_is_one_name_however_it_is_spelt(tmp_path: Path, target: Path) -> None:
    source = lay(tmp_path / "source")
    table = source / "metadata.csv"
    table.write_text(table.read_text() + "L4,\u00e9,nv,histo,50,male,back\n")
    (source / "e\u0301.jpg").write_bytes(b"four")
    assert copied(zipped(source), target=target) == IMAGES | {"\u00e9.jpg": b"four"}


def test_a_link_in_a_zip_is_refused(tmp_path: Path, target: Path) -> None:
    source = lay(tmp_path / "source")
    (source / "I1.jpg").unlink()
    file = zipped(source)
    link = zipfile.ZipInfo("I1.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(file, target) == f"{file}:I1.jpg: expected a file, received a link or device"


def test_only_images_of_the_lesions_wanted_are_brought(tmp_path: Path, target: Path) -> None:
    rows = [f"L{n // 2},I{n},{('nv', 'mel')[n < 40]}" for n in range(140)]
    source = tmp_path / "source"
    source.mkdir()
    (source / "metadata.csv").write_text("\n".join(["lesion_id,image_id,dx", *rows]) + "\n")
    for n in range(140):
        (source / f"I{n}.jpg").write_bytes(b"%d" % n)
    columns = OURS.columns.model_dump() | dict.fromkeys(("dx_type", "age", "sex", "localization"))
    changes = {"columns": columns, "limit_lesions": 50}
    params = LocalParams.model_validate(PARAMS.model_dump() | changes)
    brought = copied(source, target=target, params=params)
    table = read_metadata(target / "metadata.csv")
    assert set(brought) == {f"{image_id}.jpg" for image_id in table["image_id"]}
    assert len(brought) == 100


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return inode and time of last change of each file, which a new file doesn't share."""
    found = {file.name: file.lstat() for file in folder.iterdir()}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in found.items()}


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_finished_images_of_an_interrupted_run_are_kept(
    tmp_path: Path, target: Path, pack: Callable[[Path], Path]
) -> None:
    source = pack(lay(tmp_path / "source"))
    copied(source, target=target)
    before = state(target / "images")
    (target / "images/I2.jpg").unlink()
    (target / "images/I2.jpg.partial").write_bytes(b"t")
    (target / "images/I9.jpg").write_bytes(b"of another collection")
    assert copied(source, target=target) == IMAGES
    after = state(target / "images")
    assert {name for name in before if before[name] == after[name]} == {"I1.jpg", "I3.jpg"}


@pytest.mark.parametrize("pack", [as_folder, zipped])
@pytest.mark.parametrize("content", [b"", b"onE", b"one and more"])
def test_an_image_with_other_bytes_is_brought_again(
    tmp_path: Path, target: Path, content: bytes, pack: Callable[[Path], Path]
) -> None:
    source = pack(lay(tmp_path / "source"))
    (target / "images").mkdir()
    (target / "images/I1.jpg").write_bytes(content)
    assert copied(source, target=target) == IMAGES


def test_without_links_copies_are_kept(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    source = lay(tmp_path / "source")
    copied(source, target=target)
    before = state(target / "images")
    assert copied(source, target=target) == IMAGES
    assert state(target / "images") == before


def bring(source: Path, target: Path) -> str:
    """Bring a collection as the stage does; gives what it complained of."""
    try:
        with whole_folder(target) as partial:
            copy_local([source], partial, PARAMS, workers=2)
    except (DataError, OSError) as error:
        return str(error)
    return "nothing"


def become_nobody() -> None:
    """Root may read and write everything, whatever the permissions say."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def allow_small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))


def bring_after(prepare: Callable[[], None], source: Path, target: Path) -> str:
    """Bring a collection in a process of its own, which can't be made what it was."""
    with ProcessPoolExecutor(1, get_context("fork"), prepare) as pool:
        return pool.submit(bring, source, target).result()


@pytest.fixture
def everyone() -> Iterator[Path]:
    """A folder in which everyone may write; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def kept(target: Path) -> bool:
    """Tell whether what stood there before stands there, and nothing half-written beside it."""
    beside = [path.name for path in target.parent.iterdir() if path.name.startswith(target.name)]
    return (target / "before").read_text() == "before" and beside == [target.name]


@pytest.fixture
def raw(everyone: Path) -> Path:
    (everyone / "raw").mkdir()
    (everyone / "raw/before").write_text("before")
    return everyone / "raw"


@pytest.mark.parametrize("pack", [as_folder, zipped])
def test_a_closed_source_is_told(everyone: Path, raw: Path, pack: Callable[[Path], Path]) -> None:
    source = pack(lay(everyone / "source"))
    source.chmod(0)
    assert bring_after(become_nobody, source, raw) == (
        f"{source} can't be brought to {raw}.partial: Permission denied: {source}"
    )
    assert kept(raw)


def test_a_closed_folder_in_the_source_is_told(everyone: Path, raw: Path) -> None:
    source = lay(everyone / "source", LAYOUTS["two parts"])
    closed = source / LAYOUTS["two parts"][0]
    closed.chmod(0)
    assert bring_after(become_nobody, source, raw).endswith(f"Permission denied: {closed}")
    assert kept(raw)


def test_closed_images_are_all_told(everyone: Path, raw: Path) -> None:
    source = lay(everyone / "source")
    for name in ("I1.jpg", "I3.jpg"):
        (source / name).chmod(0)
    told = f"images that can't be read: {source / 'I1.jpg'}, {source / 'I3.jpg'}"
    assert bring_after(become_nobody, source, raw) == told
    assert kept(raw)


def test_a_closed_table_is_told(everyone: Path, raw: Path) -> None:
    source = lay(everyone / "source")
    (source / "metadata.csv").chmod(0)
    assert (
        bring_after(become_nobody, source, raw)
        == f"{source / 'metadata.csv'} can't be read: Permission denied"
    )
    assert kept(raw)


def test_a_target_in_a_closed_folder_is_told(everyone: Path, raw: Path) -> None:
    source = lay(everyone / "source")
    everyone.chmod(0o555)
    told = bring_after(become_nobody, source, raw)
    everyone.chmod(0o777)
    assert told == f"[Errno 13] Permission denied: '{raw}.partial'"
    assert kept(raw)


def test_a_file_that_can_not_be_written_whole_is_told(everyone: Path, raw: Path) -> None:
    source = lay(everyone / "source")
    (source / "I2.jpg").write_bytes(bytes(range(256)) * 40)
    file = zipped(source)
    assert bring_after(allow_small_files, file, raw) == (
        f"{file} can't be brought to {raw}.partial: File too large"
    )
    assert kept(raw)


def test_a_full_disk_is_told(tmp_path: Path, small_disk: Path) -> None:
    source = lay(tmp_path / "source")
    for name in IMAGES:
        (source / name).write_bytes(random.Random(name).randbytes(400_000))
    (small_disk / "raw").mkdir()
    (small_disk / "raw/before").write_text("before")
    file, raw = zipped(source), small_disk / "raw"
    assert bring(file, raw) == (
        f"{file} can't be brought to {raw}.partial: No space left on device"
    )
    assert kept(raw)

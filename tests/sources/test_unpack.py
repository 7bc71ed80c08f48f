"""Zip files from anywhere: what is given, what is refused, and that memory stays flat."""

import random
import stat
import struct
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.unpack import CHUNK, Unpacker, ZipLimits, is_debris

NOISE = bytes(range(256)) * 40
LIMITS = ZipLimits()


def packed(folder: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """Pack members, deflated unless they say otherwise; names may repeat."""
    file = folder / "a.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file


def unpacked(archive: Path, limits: ZipLimits = LIMITS) -> list[tuple[str, bytes]]:
    unpacker = Unpacker(limits)
    return [
        (str(member.path), b"".join(unpacker.chunks(member)))
        for member in unpacker.members(archive)
    ]


def refusal(archive: Path, limits: ZipLimits = LIMITS) -> str:
    with pytest.raises(DataError) as error:
        unpacked(archive, limits)
    return str(error.value)


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_come_in_order_with_normal_names(tmp_path: Path) -> None:
    names = ["b/", "b/2.jpg", "a\\1.jpg", "b/2.jpg", "e\u0301.jpg"]
    archive = packed(tmp_path, *((name, name.encode()) for name in names))
    assert [name for name, _ in unpacked(archive)] == ["b/2.jpg", "a/1.jpg", "b/2.jpg", "é.jpg"]


@pytest.mark.parametrize(
    ("path", "debris"),
    [
        ("a/I1.jpg", False),
        ("../../I1.jpg", False),
        ("/I1.jpg", False),
        ("__MACOSX/a/I1.jpg", True),
        ("a/._I1.jpg", True),
        (".DS_Store", True),
        (".ipynb_checkpoints/I1.jpg", True),
    ],
)
def test_debris(path: str, debris: bool) -> None:
    assert is_debris(PurePosixPath(path)) == debris


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o666, stat.S_IFIFO])
def test_a_link_or_a_device_is_refused(tmp_path: Path, mode: int) -> None:
    archive = packed(tmp_path, (special("I1.jpg", mode), b"/etc/passwd"))
    assert refusal(archive) == f"{archive}:I1.jpg: expected a file, received a link or device"


@pytest.mark.parametrize("mode", [0, 0o644, stat.S_IFREG | 0o600])
def test_a_file_is_a_file_whichever_system_packed_it(tmp_path: Path, mode: int) -> None:
    assert unpacked(packed(tmp_path, (special("I1.jpg", mode), b"x"))) == [("I1.jpg", b"x")]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_can_not_be_unpacked_bit_by_bit_is_refused(tmp_path: Path, method: int) -> None:
    info = zipfile.ZipInfo("I1.jpg")
    info.compress_type = method
    archive = packed(tmp_path, (info, NOISE))
    assert refusal(archive) == f"{archive}:I1.jpg: neither stored nor deflated: pack the zip anew"


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    archive = packed(tmp_path, ("I1.jpg", NOISE))
    content = bytearray(archive.read_bytes())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    archive.write_bytes(content)
    told = f"{archive}:I1.jpg is encrypted: unpack the zip yourself and name the folder"
    assert refusal(archive) == told


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (ZipLimits(files=1), ": 2 files, more than 1"),
        (ZipLimits(file_bytes=5999), ":1.jpg: unpacks to more than 5999 bytes, as no image does"),
        (
            ZipLimits(total_bytes=11_999),
            ": unpacks to more than 11999 bytes, as no collection does",
        ),
    ],
)
def test_more_than_a_limit_is_refused(tmp_path: Path, limits: ZipLimits, told: str) -> None:
    archive = packed(tmp_path, ("1.jpg", NOISE[:6000]), ("2.jpg", NOISE[:6000]))
    assert refusal(archive, limits) == f"{archive}{told}"


def test_as_much_as_the_limits_allow_passes(tmp_path: Path) -> None:
    archive = packed(tmp_path, ("1.jpg", NOISE[:6000]), ("2.jpg", NOISE[:6000]))
    limits = ZipLimits(files=2, file_bytes=6000, total_bytes=12_000)
    assert [len(content) for _, content in unpacked(archive, limits)] == [6000, 6000]


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    zeros = bytes(40 << 20)
    archive = packed(tmp_path, ("1.jpg", zeros))
    most = 200 * archive.stat().st_size
    told = f"{archive}: unpacks to more than {most} bytes, as no collection does"
    assert refusal(archive) == told


def test_a_bomb_among_innocent_files_is_refused_by_its_own_ratio(tmp_path: Path) -> None:
    zeros, innocent = bytes(40 << 20), random.Random(0).randbytes(1 << 20)
    archive = packed(tmp_path, ("1.jpg", zeros), ("2.jpg", innocent))
    with zipfile.ZipFile(archive) as opened:
        most = 200 * opened.infolist()[0].compress_size
    told = f"{archive}:1.jpg: unpacks to more than {most} bytes, as no image does"
    assert refusal(archive) == told


def test_members_that_share_their_bytes_are_counted_each(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as stream:
        stream.writestr("I1.jpg", bytes(1 << 20))  # one alone may be as large, whatever its ratio
        stream.filelist *= 500
    most = 200 * archive.stat().st_size
    assert most < 500 << 20
    told = f"{archive}: unpacks to more than {most} bytes, as no collection does"
    assert refusal(archive) == told


def claiming(folder: Path, content: bytes, size: int) -> Path:
    """A zip whose headers claim that its one member unpacks to `size` bytes."""
    file = packed(folder, ("I1.jpg", content))
    changed = bytearray(file.read_bytes())
    for header, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = changed.index(header) + place
        changed[start : start + 4] = struct.pack("<I", size)
    file.write_bytes(changed)
    return file


@pytest.mark.parametrize("claimed", [0, 1, 1000])
def test_a_member_never_gives_more_than_it_claims(tmp_path: Path, claimed: int) -> None:
    archive = claiming(tmp_path, bytes(64 << 20), claimed)
    unpacker = Unpacker()
    (member,) = unpacker.members(archive)
    given_bytes = 0
    tracemalloc.start()
    with pytest.raises(DataError, match=r"I1\.jpg can't be unpacked: Bad CRC-32"):
        for chunk in unpacker.chunks(member):
            given_bytes += len(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert given_bytes <= claimed
    assert peak < 4 * CHUNK


def test_a_claim_beyond_the_limits_is_refused(tmp_path: Path) -> None:
    assert "unpacks to more than" in refusal(claiming(tmp_path, NOISE, 1 << 31))


def test_memory_does_not_grow_with_a_member(tmp_path: Path) -> None:
    archive = packed(tmp_path, ("I1.jpg", NOISE * 3000))  # 30 MB
    unpacker = Unpacker(ZipLimits(ratio=2000))
    (member,) = unpacker.members(archive)
    tracemalloc.start()
    size = sum(len(chunk) for chunk in unpacker.chunks(member))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 3000 * len(NOISE)
    assert peak < 6 * CHUNK


def test_many_threads_read_one_zip(tmp_path: Path) -> None:
    contents = {f"{number}.jpg": NOISE[number:] * 20 for number in range(60)}
    archive = packed(tmp_path, *contents.items())
    unpacker = Unpacker()
    members = unpacker.members(archive)
    with ThreadPoolExecutor(8) as pool:
        read = pool.map(lambda member: b"".join(unpacker.chunks(member)), members)
        assert dict(zip(contents, read, strict=True)) == contents


def test_a_file_without_a_name_is_refused(tmp_path: Path) -> None:
    archive = packed(tmp_path, ("1.jpg", NOISE))
    archive.write_bytes(archive.read_bytes().replace(b"1.jpg", b"\0.jpg"))  # a name ends at NUL
    with pytest.raises(DataError, match=r"\.zip can't be unpacked: a file has no name$"):
        Unpacker().members(archive)


@settings(max_examples=150, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4),
    kept=st.integers(0, 2000),
)
def test_a_damaged_zip_gives_the_same_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], kept: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    archive = packed(folder, ("1.jpg", NOISE[:300]), ("2.jpg", NOISE[:90]))
    content = bytearray(archive.read_bytes())
    for place, value in flips:
        content[place % len(content)] = value
    archive.write_bytes(content[:kept] if kept < len(content) // 2 else content)
    try:
        given_files = unpacked(archive)
    except DataError as error:
        assert str(archive) in str(error)
    else:
        assert {content for _, content in given_files} <= {NOISE[:300], NOISE[:90]}

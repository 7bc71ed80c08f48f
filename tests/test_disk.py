"""Room on a disk: on a small one, and on that of the tests."""

import re
import shutil
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.disk import check_room, in_words, size_of


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0.0 kB"),
        (2_400, "2.4 kB"),
        (51_378_603, "51 MB"),
        (999_600_000, "1.0 GB"),
        (61_234_567_890, "61 GB"),
        (1.5e12, "1.5 TB"),
        (2e15, "2000 TB"),
    ],
)
def test_bytes_in_words(count: float, words: str) -> None:
    assert in_words(count) == words


def test_what_fits_is_told(small_disk: Path) -> None:
    assert check_room(small_disk, 500_000, "Records") == (
        "Records take 500 kB of 1.0 MB that are free, and as much again if DVC can't link them to "
        "its cache"
    )


def test_what_does_not_fit_is_refused(small_disk: Path) -> None:
    expected = f"Records need 2.0 MB in {small_disk.parent}, and 1.0 MB are free on its disk: "
    with pytest.raises(DataError, match="^" + re.escape(expected)):
        check_room(small_disk, 2_000_000, "Records")


def test_what_an_interrupted_run_has_written_is_not_needed_again(small_disk: Path) -> None:
    (small_disk / "part").write_bytes(bytes(600_000))
    assert size_of(small_disk) == 600_000
    assert "take 350 kB of 446 kB" in check_room(small_disk, 950_000, "Embeddings")
    with pytest.raises(DataError, match="need 500 kB"):
        check_room(small_disk, 1_100_000, "Embeddings")


def test_without_a_small_disk(tmp_path: Path) -> None:
    """Of any disk more than it has is refused, and a little is not."""
    total = shutil.disk_usage(tmp_path).total
    with pytest.raises(DataError, match=r"Records need .* are free on its disk"):
        check_room(tmp_path, total + 1, "Records")
    check_room(tmp_path, 1, "Records")


def test_a_folder_that_is_not_there_has_no_bytes(tmp_path: Path) -> None:
    assert size_of(tmp_path / "none") == 0

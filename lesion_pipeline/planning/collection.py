"""How many images a run of the pipeline will have, as far as that is known before it."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from lesion_pipeline.addresses.storage import files_at, is_address
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.images import SUFFIXES
from lesion_pipeline.sources.params import FetchParams
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.splitting.summary import SplitSummary

HAM10000: Final = 10_015  # images, of 7,470 lesions
PER_LESION: Final = HAM10000 / 7_470  # images; the generated collection has as many
HAM_BYTES: Final = 276_000  # of one of its images, in the mean
SAMPLE_BYTES: Final = 50_000  # of a generated one


@dataclass(frozen=True)
class ExpectedCollection:
    """A collection, before it is there.

    Attributes:
        images: by split, how many.
        bytes: of its image files.
        known: where the numbers come from, for people.
    """

    images: dict[str, int]
    bytes: int
    known: str


def expected(fetch: FetchParams, split: SplitParams) -> ExpectedCollection:
    """Tell how many images `fetch` will bring, and how they will be divided."""
    count, size, known = _source(fetch)
    if fetch.limit_lesions is not None:
        limited = min(count, round(fetch.limit_lesions * PER_LESION))
        count, size = limited, round(size * limited / max(1, count))
        known += ", as far as fetch.limit_lesions goes"
    return ExpectedCollection(_divided(count, split), size, known)


def counted(summary: SplitSummary, size: int) -> ExpectedCollection:
    """Tell what was divided already, the files of which have `size` bytes."""
    images = {
        name: sum(counts.images for counts in classes.values())
        for name, classes in summary.counts.items()
    }
    return ExpectedCollection(images, size, "counted in data/")


def _source(fetch: FetchParams) -> tuple[int, int, str]:
    """Return how many images there are, their bytes, and where that comes from."""
    if fetch.source == "sample":
        count = round(fetch.sample.lesions * PER_LESION)
        return count, count * SAMPLE_BYTES, "about, from fetch.sample.lesions"
    if fetch.source == "local" and fetch.path:
        sizes = list(_image_sizes(fetch.path))
        return len(sizes), sum(sizes), f"counted in {fetch.path}"
    return HAM10000, HAM10000 * HAM_BYTES, "HAM10000"


def _image_sizes(place: str) -> Iterable[int]:
    """Yield the bytes of each image file in a folder or zip file; of none if there is no such.

    At an address, zip files aren't looked into.
    """
    if is_address(place):
        stored = files_at(place).values()
        yield from (file.size or 0 for file in stored if _is_image(file.path))
        return
    path = Path(place)
    if path.is_dir():
        files = ((file.name, file) for file in path.rglob("*"))
        yield from (file.stat().st_size for name, file in files if _is_image(name))
        inner: Iterable[Path] = path.rglob("*.zip")
    else:
        inner = [path] if path.is_file() else []
    for archive in inner:
        with zipfile.ZipFile(archive) as packed:
            yield from (each.file_size for each in packed.infolist() if _is_image(each.filename))


def _is_image(name: str) -> bool:
    return PurePath(name).suffix.lower() in SUFFIXES


def _divided(count: int, split: SplitParams) -> dict[str, int]:
    fold = 1 / split.folds
    ratios = (
        {"train": 1 - 2 * fold, "val": fold, "test": fold}
        if split.strategy == "kfold"
        else split.ratios.model_dump()
    )
    return {name: round(count * ratios[name]) for name in SPLITS}

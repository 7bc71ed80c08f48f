"""The command `lesion plan`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lesion_pipeline import paths

if TYPE_CHECKING:
    from lesion_pipeline.planning.collection import ExpectedCollection
    from lesion_pipeline.planning.workload import PlannedParams

HELP: Final = "how much disk, memory and time will `dvc repro` take here?"


def add_arguments(plan: argparse.ArgumentParser) -> None:
    """Add the options of the command."""


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import os
    import shutil

    from lesion_pipeline.core.params import load_params
    from lesion_pipeline.core.stage import SECONDS
    from lesion_pipeline.planning.earlier import locked_params, seconds_taken
    from lesion_pipeline.planning.plan import EarlierRuns, described, plan_stages
    from lesion_pipeline.planning.sizes import disk_bytes, unfinished_bytes
    from lesion_pipeline.planning.workload import PlannedParams, Workload, network_size
    from lesion_pipeline.schema import SECTIONS, check_params

    check_params()
    now = PlannedParams(*(load_params(name, SECTIONS[name]) for name in PlannedParams._fields))  # type: ignore[arg-type]
    before = locked_params(Path(), now)
    there = _there()
    collection = there if there and before and _same_data(now, before) else _expected(now)
    work = Workload(collection.images, now, network_size(now, collection.images))
    ran = None
    if before and there:
        ran = work
        if before != now or there != collection:
            ran = Workload(there.images, before, network_size(before, there.images))
    stages = plan_stages(
        work, disk_bytes(work, collection.bytes, _records(now, collection)),
        EarlierRuns(seconds_taken(SECONDS), ran),
    )  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    parts = ", ".join(f"{count} {name}" for name, count in work.images.items())
    print(f"{work.total} images ({parts}), {collection.known}.\n")
    free = shutil.disk_usage(Path()).free
    print("\n".join(described(stages, unfinished_bytes(work), free, memory)))
    return 0


def _there() -> "ExpectedCollection | None":
    """Return the collection in data/, if it is divided already."""
    from lesion_pipeline.disk import size_of
    from lesion_pipeline.planning.collection import counted
    from lesion_pipeline.splitting.summary import SplitSummary

    if not (paths.SPLIT_SUMMARY.is_file() and paths.IMAGES.is_dir()):
        return None
    return counted(SplitSummary.read(paths.SPLIT_SUMMARY), size_of(paths.RAW))


def _same_data(now: "PlannedParams", before: "PlannedParams") -> bool:
    return (now.fetch, now.split) == (before.fetch, before.split)


def _expected(now: "PlannedParams") -> "ExpectedCollection":
    from lesion_pipeline.planning.collection import expected

    return expected(now.fetch, now.split)


def _records(now: "PlannedParams", collection: "ExpectedCollection") -> int | None:
    """Return the bytes of the records, from some of the images, if these are there."""
    from lesion_pipeline.core.files import read_csv
    from lesion_pipeline.preprocessing.size import records_bytes

    if not (paths.SPLIT.is_file() and collection.known == "counted in data/"):
        return None
    table = read_csv(paths.SPLIT, image_id="str", lesion_id="str", dx="str", label="int64")
    return records_bytes(table, paths.IMAGES, now.preprocess)

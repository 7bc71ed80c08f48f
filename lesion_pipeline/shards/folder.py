"""The folder of the shards of a stage, into which several machines may write at a time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lesion_pipeline.core.files import PARTIAL
from lesion_pipeline.shards.execution import Execution
from lesion_pipeline.shards.task import WORK


@contextmanager
def shard_folder(target: Path, key: str, execution: Execution) -> Iterator[Path]:
    """Give a folder beside `target` for the shards; it becomes `target` at the end.

    It has what earlier runs under the same key have finished. The key is in its name, so jobs that
    start at the same time need no lock to agree on it. A run of all shards first removes folders of
    other keys; that of a part doesn't, as another job may be at work there.

    Args:
        target: the output of the stage; replaced only when the block ends without an error.
        key: everything that the bytes depend on (`resume_key`).
        execution: with a part, the block doesn't end: `make_all` raises SystemExit.
    """
    folder = target.with_name(f"{target.name}.{key}{PARTIAL}")
    if execution.part is None:
        for other in folder.parent.glob(f"{target.name}.*{PARTIAL}"):
            if other != folder:
                shutil.rmtree(other)
    (folder / WORK).mkdir(parents=True, exist_ok=True)
    yield folder
    # Without this folder a worker that was thought dead can't write any more.
    shutil.rmtree(folder / WORK)
    if target.exists():
        shutil.rmtree(target)
    folder.rename(target)

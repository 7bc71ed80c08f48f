"""How the shards of a stage are made here: by the environment and the stage's arguments.

Not by params.yaml, as it changes no byte of the output.
"""

import argparse
import os
from collections.abc import Sequence
from functools import partial
from typing import Final

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.shards.execution import Execution, Executor, on_threads
from lesion_pipeline.shards.part import read_part

# Not where it is used: the key of finished shards has the modules that are loaded.
from lesion_pipeline.shards.ray_tasks import on_ray

EXECUTOR: Final = "LESION_EXECUTOR"


def chosen_execution(arguments: Sequence[str]) -> Execution:
    """Return how the shards are to be made.

    Args:
        arguments: of the stage: none, or `--shard i/n` for the i-th of n parts, 1 to n.

    Raises:
        PipelineError: the variable LESION_EXECUTOR is neither `threads` (default) nor `ray`.
        SystemExit: with status 2, the arguments are others.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument(
        "--shard", type=read_part, metavar="i/n", help="make this part of the shards"
    )
    return Execution(_executor(), parser.parse_args(arguments).shard)


def _executor() -> Executor:
    name = os.environ.get(EXECUTOR) or "threads"
    if name == "threads":
        return partial(on_threads, cores())
    if name == "ray":
        return partial(on_ray, cores())
    raise PipelineError(f"{EXECUTOR}: expected threads or ray, received {name}")

"""Kills in each stage, then the other faults; prints Markdown.

    python -m tests.chaos                                  # 20 kills per stage, all faults: hours
    python -m tests.chaos --kills 5 --stages fetch,train   # these stages only
    python -m tests.chaos --short                          # 3 kills in all and the cheap faults

The exit status is 1 if a promise was broken; a fault that can't be made here is named, not failed.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.faults import Fault, SkippedError, faults
from tests.chaos.kills import kill_stage, restore, table
from tests.chaos.project import BrokenError, Project
from tests.commands import heed_ctrl_c
from tests.pipeline.conftest import make_project

SHORT = ("embed", "train", "export")  # one kill each


def main() -> int:
    """Run what was asked for; return 1 if a promise was broken."""
    asked = _parser().parse_args()
    heed_ctrl_c()
    with tempfile.TemporaryDirectory(prefix="chaos-") as scratch:
        os.environ["CHAOS_SCRATCH"] = scratch
        project = _project(asked.project, Path(scratch))
        chosen = asked.stages or (SHORT if asked.short else project.stages)
        broken = (
            []
            if asked.no_kills
            else _kill(project, chosen, 1 if asked.short else asked.kills, asked.seed)
        )
        listed = [fault for fault in faults(project.stages) if _wanted(fault, asked)]
        broken += _disturb(project, listed)
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="per stage (default: %(default)s)")
    parser.add_argument("--stages", type=lambda text: text.split(","), help="of the kills")
    parser.add_argument(
        "--seed", type=int, default=42, help="of the moments (default: %(default)s)"
    )
    parser.add_argument("--short", action="store_true", help="3 kills and the cheap faults")
    parser.add_argument("--no-kills", action="store_true", help="only the faults")
    parser.add_argument("--faults", metavar="TEXT", help="only faults with this text in their name")
    parser.add_argument(
        "--project", type=Path, help="finished project to copy, made if it is missing"
    )
    return parser


def _wanted(fault: Fault, asked: argparse.Namespace) -> bool:
    if asked.faults is not None:
        return asked.faults.lower() in fault.name.lower()
    if asked.stages:
        return False
    return fault.cheap or not asked.short


def _project(made: Path | None, scratch: Path) -> Project:
    first = made or scratch / "first"
    if not (first / "dvc.lock").is_file():
        first.mkdir(parents=True, exist_ok=True)
        make_project(first)
    return Project(first).copy(scratch / "project")


def _kill(project: Project, stages: Sequence[str], kills: int, seed: int) -> list[str]:
    found = []
    for stage in stages:
        found.append(kill_stage(project, stage, kills, seed))
        print(table(found[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    print(table(found), flush=True)
    return [text for each in found for text in each.broken]


def _disturb(project: Project, listed: Sequence[Fault]) -> list[str]:
    if listed:
        print("\n| fault | outcome |\n|---|---|", flush=True)
    broken = []
    for fault in listed:
        try:
            outcome = fault.try_it(project)
        except SkippedError as error:
            outcome = f"SKIPPED: {error}"
        except BrokenError as error:
            outcome = "BROKEN"
            broken.append(f"{fault.name}: {error}")
            print(broken[-1], file=sys.stderr, flush=True)
            restore(project)
        print(f"| {fault.name} | {outcome} |", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())

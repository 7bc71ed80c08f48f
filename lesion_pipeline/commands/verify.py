"""The command `lesion verify`."""

import argparse
from typing import Final

from lesion_pipeline import paths
from lesion_pipeline.commands.status import DIFFERS

HELP: Final = "does a revision rebuild to the same bytes here?"


def add_arguments(verify: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    verify.add_argument(
        "revision", metavar="REV", nargs="?", default="HEAD",
        help="commit, branch, tag or experiment (default: %(default)s)",
    )  # fmt: skip
    verify.add_argument(
        "--fast", action="store_true",
        help="build nothing: compare dvc.lock with code and parameters, and cache and git with it",
    )  # fmt: skip


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.revisions.rebuild import RebuildPaths, verify_revision

    places = RebuildPaths(summary=paths.METRICS / "summary.json", downloads=paths.DOWNLOADS)
    found = verify_revision(parsed.revision, places, build=not parsed.fast)
    print(found.text())
    return 0 if found.same else DIFFERS

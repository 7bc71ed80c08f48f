"""The options that name revisions, and what is read of one."""

import argparse
from typing import TYPE_CHECKING

from lesion_pipeline import paths
from lesion_pipeline.commands.options import add_resamples

if TYPE_CHECKING:
    from lesion_pipeline.revisions.read import RevisionPaths


def add_revisions(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Add two revisions, which may be left out if not required, and the options to compare them."""
    revisions = "commit, branch, tag, experiment or workspace"
    for name, shown, text in (
        ("first", "REV_A", f"to compare with: {revisions}"),
        ("second", "REV_B", "the revision that may be better or worse"),
    ):
        parser.add_argument(name, metavar=shown, nargs=None if required else "?", help=text)
    add_resamples(parser, "lesions")


def revision_paths() -> "RevisionPaths":
    """Return where a revision has what is compared."""
    from lesion_pipeline.revisions.read import RevisionPaths

    return RevisionPaths(
        predictions=paths.PREDICTIONS,
        threshold=paths.THRESHOLD,
        summary=paths.METRICS / "summary.json",
        history=paths.PLOTS / "train/history.csv",
        external=paths.METRICS / "validate.json",
    )

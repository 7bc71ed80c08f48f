"""The options that name revisions, and what is read of one."""

import argparse
from typing import TYPE_CHECKING

from lesion_pipeline import paths
from lesion_pipeline.commands.options import add_resamples

if TYPE_CHECKING:
    from lesion_pipeline.revisions.read import RevisionPaths


def add_revisions(parser: argparse.ArgumentParser) -> None:
    """Add two revisions and the options of their comparison."""
    revisions = "commit, branch, tag, experiment or workspace"
    parser.add_argument("first", metavar="REV_A", help=f"to compare with: {revisions}")
    parser.add_argument("second", metavar="REV_B", help="the revision that may be better or worse")
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

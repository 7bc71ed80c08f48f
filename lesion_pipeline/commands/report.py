"""The command `lesion report`."""

import argparse
from pathlib import Path
from typing import Final

from lesion_pipeline.commands.revisions import add_revisions, revision_paths
from lesion_pipeline.commands.status import REFUSED

HELP: Final = "a report of what a revision changes, as Markdown"


def add_arguments(report: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_revisions(report)
    report.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="for report.md and its charts"
    )
    report.add_argument(
        "--max-drop", type=_max_drop, metavar="DROP",
        help="exit with 1 if the whole interval of the change in ROC-AUC on val is below -DROP",
    )  # fmt: skip


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.core.files import write_figures, write_text
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.revisions.report import report
    from lesion_pipeline.scores.results import Resamples

    pair = Revision.find(parsed.first), Revision.find(parsed.second)
    resamples = Resamples(samples=parsed.samples, seed=parsed.seed)
    made = report(*pair, revision_paths(), resamples, parsed.max_drop)
    write_figures(parsed.output, made.figures)
    write_text(parsed.output / "report.md", made.text)
    print(parsed.output / "report.md")
    return REFUSED if made.refused else 0


def _max_drop(text: str) -> float:
    try:
        drop = float(text)
    except ValueError:
        drop = -1
    if not 0 <= drop <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text}")
    return drop

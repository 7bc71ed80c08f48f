"""The command `lesion report`."""

import argparse
from pathlib import Path
from typing import Final

from lesion_pipeline import paths
from lesion_pipeline.commands.revisions import add_revisions, revision_paths
from lesion_pipeline.commands.status import REFUSED
from lesion_pipeline.core.errors import DataError, PipelineError

HELP: Final = "the report as one HTML file; with two revisions: what the second changes"


def add_arguments(report: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    report.description = (
        "Without revisions: where the report of the working tree is, one HTML file to read, print "
        "and send. With two revisions: what the second one changes, as Markdown."
    )
    report.add_argument(
        "--html", type=Path, metavar="FILE",
        help="write a copy of the report that states commit and processor",
    )  # fmt: skip
    add_revisions(report, required=False)
    report.add_argument(
        "--output", type=Path, metavar="DIR", help="with revisions: for report.md and its charts"
    )
    report.add_argument(
        "--max-drop", type=_max_drop, metavar="DROP",
        help="exit with 1 if the whole interval of the change in ROC-AUC on val is below -DROP",
    )  # fmt: skip


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    if parsed.first is None and parsed.output is None and parsed.max_drop is None:
        return _html(parsed.html)
    if parsed.second is None or parsed.output is None or parsed.html is not None:
        raise PipelineError(
            "expected two revisions and --output DIR, or neither and, if you like, --html FILE"
        )
    return _compare(parsed)


def _html(copy: Path | None) -> int:
    """Tell where the report is, or write a copy of it."""
    if copy is None:
        if not paths.REPORT.is_file():
            raise DataError(f"{paths.REPORT} not found: run `dvc repro`")
        print(paths.REPORT)
        return 0
    from lesion_pipeline.core.files import write_text
    from lesion_pipeline.revisions.stamp import stamped

    write_text(copy, stamped(paths.REPORT))
    print(copy)
    return 0


def _compare(parsed: argparse.Namespace) -> int:
    """Write what the second revision changes."""
    from lesion_pipeline.core.files import write_figures, write_text
    from lesion_pipeline.revisions.curves import DPI
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.revisions.report import report
    from lesion_pipeline.scores.results import Resamples

    pair = Revision.find(parsed.first), Revision.find(parsed.second)
    resamples = Resamples(samples=parsed.samples, seed=parsed.seed)
    made = report(*pair, revision_paths(), resamples, parsed.max_drop)
    write_figures(parsed.output, made.figures, dpi=DPI)
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

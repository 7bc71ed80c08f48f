"""The command `lesion compare`."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Final

from lesion_pipeline.commands.revisions import add_revisions, revision_paths
from lesion_pipeline.commands.status import FAILED
from lesion_pipeline.core.errors import DataError

if TYPE_CHECKING:
    from lesion_pipeline.revisions.read import Revision

HELP: Final = "is a revision better than another?"


def add_arguments(compare: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_revisions(compare)
    form = compare.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all figures as JSON")
    form.add_argument("--markdown", action="store_true", help="the table as Markdown")


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.revisions.verdict import judge
    from lesion_pipeline.scores.results import Resamples

    pair = Revision.find(parsed.first), Revision.find(parsed.second)
    resamples = Resamples(samples=parsed.samples, seed=parsed.seed)
    try:
        verdict = judge(*pair, revision_paths(), resamples)
    except DataError as error:
        return _not_compared(parsed, *pair, error)
    if parsed.json:
        print(json.dumps(verdict.content(), indent=2, allow_nan=False))
    else:
        print(verdict.markdown() if parsed.markdown else verdict.plain())
    return 0


def _not_compared(
    parsed: argparse.Namespace, first: "Revision", second: "Revision", error: DataError
) -> int:
    """Print what git has of two revisions, and on standard error why that is no comparison."""
    from lesion_pipeline.revisions.unpaired import Unpaired
    from lesion_pipeline.text_table import markdown

    found = Unpaired.of(first, second, revision_paths(), error)
    if parsed.json:
        print(json.dumps(found.content(), indent=2, allow_nan=False))
    elif not found.metrics.empty:
        print(markdown(found.table()) if parsed.markdown else found.plain())
    step = f"\n{found.next_step}" if found.next_step else ""
    print(f"error: not compared: {found.reason}{step}", file=sys.stderr)
    return FAILED

"""The command `lesion tested`."""

import argparse
from pathlib import Path
from typing import Final

from lesion_pipeline import paths

HELP: Final = "how many networks have been scored on test?"


def add_arguments(tested: argparse.ArgumentParser) -> None:
    """Add the options of the command."""


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.revisions.scored import ScoredPaths, scored_splits

    places = ScoredPaths(predictions=paths.PREDICTIONS, split=paths.SPLIT.parent)
    for found in scored_splits(Path(), places):
        print(found)
    print("The more there are, the better the best looks on test by chance: choose on val.")
    return 0

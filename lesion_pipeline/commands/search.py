"""The command `lesion search`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lesion_pipeline import paths
from lesion_pipeline.commands.options import whole_number

if TYPE_CHECKING:
    from lesion_pipeline.search.search import SearchOutcome, SearchPaths

HELP: Final = "try many values of params.yaml and compare them on val"


def add_arguments(search: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    search.add_argument(
        "preset", type=Path, nargs="?", metavar="PRESET",
        help="values that all trials have, such as presets/fast (default: params.yaml as it is)",
    )  # fmt: skip
    search.add_argument(
        "--space", type=Path, required=True, metavar="FILE",
        help="what to try, such as presets/search.yaml",
    )  # fmt: skip
    search.add_argument("--trials", type=whole_number(1), metavar="N", help="in all calls together")
    search.add_argument("--minutes", type=_minutes, metavar="M", help="no trial begins later")
    search.add_argument(
        "--jobs", type=whole_number(1), default=1, metavar="N",
        help="trials side by side (default: %(default)s)",
    )  # fmt: skip
    search.add_argument("--name", help="of the search (default: the names of both files)")
    search.add_argument(
        "--folder", type=Path, metavar="DIR",
        help="of its trials, for several machines (default: logs/search/NAME)",
    )  # fmt: skip
    search.add_argument(
        "--no-experiment", action="store_true", help="name the winner, and make no experiment of it"
    )


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.search.search import SearchRequest, search

    request = SearchRequest(
        space=parsed.space, preset=parsed.preset, name=parsed.name, trials=parsed.trials,
        minutes=parsed.minutes, jobs=parsed.jobs, folder=parsed.folder,
        experiment=not parsed.no_experiment,
    )  # fmt: skip
    outcome = search(request, search_paths(), lambda text: print(text, file=sys.stderr, flush=True))
    print("\n".join(_lines(outcome)))
    return 0


def search_paths() -> "SearchPaths":
    """Return where a search finds the files of the repository."""
    from lesion_pipeline.search.data_paths import DataPaths
    from lesion_pipeline.search.search import SearchPaths

    return SearchPaths(
        data=DataPaths(paths.RECORDS, paths.BACKBONE, paths.EMBEDDINGS),
        downloads=paths.DOWNLOADS,
        scores=paths.METRICS / "evaluate.json",
        logs=paths.LOGS / "search",
    )


def _lines(outcome: "SearchOutcome") -> list[str]:
    from lesion_pipeline.text_table import plain

    tied, others = len(outcome.tied()), len(outcome.differences) - 1
    lines = [
        plain(outcome.best()),
        "",
        f"{tied} of the {others} other complete trials are tied with the best: the 95 % interval "
        "of their difference on val (bootstrap of lesions) contains 0.",
        f"Best over its seeds: trial {outcome.winner.number}. All trials: {outcome.folder}",
        "Val chose it, so its figures on val are optimistic. For research and education only, not "
        "for clinical use.",
    ]
    if outcome.experiment is not None:
        return [
            *lines,
            f"Next:    dvc exp apply {outcome.experiment}",
            f"         lesion compare HEAD {outcome.experiment}",
        ]
    return [*lines, f"Next:    dvc exp run {' '.join(outcome.options)}"]


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected minutes above 0, received {text}")
    return value

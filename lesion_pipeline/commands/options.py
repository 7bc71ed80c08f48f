"""Options that several commands have, and the types of their values."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lesion_pipeline import paths
from lesion_pipeline.addresses.storage import is_address


def add_resamples(parser: argparse.ArgumentParser, units: str) -> None:
    """Add the options of a bootstrap."""
    parser.add_argument(
        "--samples", type=whole_number(1), default=2000, metavar="N",
        help=f"resamples of the {units}, for the intervals (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole_number(0), default=42, metavar="N",
        help="seed of the resamples (default: %(default)s)",
    )  # fmt: skip


def add_bundle(parser: argparse._ActionsContainer, text: str = "the exported bundle") -> None:
    """Add the option that names a bundle."""
    parser.add_argument(
        "--bundle", type=_place, default=paths.EXPORT, metavar="DIR",
        help=f"{text}, or its address, as s3://bucket/folder (default: %(default)s)",
    )  # fmt: skip


def bundle_of(parsed: argparse.Namespace) -> Path:
    """Return the bundle's folder, of one at an address after it was brought to this machine."""
    if isinstance(parsed.bundle, Path):
        return parsed.bundle
    from lesion_pipeline.serve.remote_bundle import bundle_folder

    return bundle_folder(parsed.bundle)


def _place(text: str) -> Path | str:
    return text if is_address(text) else Path(text)


def add_quiet(output: argparse._ActionsContainer) -> None:
    """Add the option that leaves only errors."""
    output.add_argument(
        "--quiet", action="store_true",
        help="no progress, notes and counts; only errors and the files that failed",
    )  # fmt: skip


def note(parsed: argparse.Namespace, text: str) -> None:
    """Print a note on standard error, unless the command shall be quiet."""
    if text and not parsed.quiet:
        print(text, file=sys.stderr)


def whole_number(least: int) -> Callable[[str], int]:
    """Return the type of an option: a whole number, at least `least`."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} up, received {text}"
            )
        return int(text)

    return number


def probability(text: str) -> float:
    """Return a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text}")
    return value


def prevalence(text: str) -> float:
    """Return a number between 0 and 1, neither of them."""
    value = probability(text)
    if value in (0, 1):
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, received {text}")
    return value

"""The command `lesion pull`."""

import argparse
from pathlib import Path
from typing import Final

HELP: Final = "fetch a bundle or a Keras file from a model hub"


def add_arguments(pull: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    pull.add_argument("repo", metavar="OWNER/NAME")
    pull.add_argument("--revision", metavar="REV", help="branch, tag or commit")
    pull.add_argument(
        "--output", type=Path, metavar="DIR", help="folder to write (default: NAME, in this folder)"
    )


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.serve.hub import pull

    target = parsed.output or Path(parsed.repo.split("/")[-1])
    found = pull(parsed.repo, target, parsed.revision)
    option = "--bundle" if found.is_dir() else "--model"
    print(f"{parsed.repo} is now in {target}\nNext: lesion predict {option} {found} PATH...")
    return 0

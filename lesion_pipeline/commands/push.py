"""The command `lesion push`."""

import argparse
from typing import Final

from lesion_pipeline.commands.options import add_bundle, bundle_of

HELP: Final = "publish a bundle and its card on a model hub"


def add_arguments(push: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    push.add_argument("repo", metavar="OWNER/NAME")
    add_bundle(push)
    push.add_argument("--private", action="store_true", help="make a new repository private")


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.serve.hub import push

    print(push(bundle_of(parsed), parsed.repo, parsed.private))
    return 0

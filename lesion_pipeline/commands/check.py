"""The command `lesion check`."""

import argparse
from pathlib import Path
from typing import Final

HELP: Final = "is params.yaml right? what would `dvc repro` run?"


def add_arguments(check: argparse.ArgumentParser) -> None:
    """Add the options of the command."""


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.revisions.pending import describe, pending_stages
    from lesion_pipeline.schema import check_params

    check_params()
    print("params.yaml is right.")
    print("\n".join(describe(pending_stages(Path()))))
    return 0

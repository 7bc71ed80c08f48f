"""The command `lesion`."""

import argparse
import os
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from lesion_pipeline.commands.status import FAILED, INTERRUPTED, UNREAD
from lesion_pipeline.core import kernels
from lesion_pipeline.core.errors import PipelineError

# In the order of `lesion --help`; each is a module of lesion_pipeline/commands.
COMMANDS: Final = (
    "predict", "evaluate", "explain", "serve", "page", "index", "pull", "push", "compare",
    "report", "search", "ensemble", "verify", "check", "plan", "tested",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status.

    Returns:
        0; 1 if some images could not be read, a gate is not passed or a revision doesn't rebuild to
        the same bytes; 2 if nothing could be done;
        130 if it was interrupted; 141 if nothing reads its output any more, as after `| head`.
    """
    parsed = _parser().parse_args(arguments)
    try:
        kernels.choose(getattr(parsed, "kernels", "portable"))  # a command then loads libraries
        status: int = parsed.run(parsed)
        return status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for unflushed text
        return UNREAD
    except ModuleNotFoundError as error:
        print(f"error: {_not_installed(error)}", file=sys.stderr)
        return FAILED
    except (PipelineError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _not_installed(error: ModuleNotFoundError) -> str:
    """Tell what to install; a module of our own that is missing is a bug."""
    package = (error.name or "").split(".")[0]
    if package in ("", "lesion_pipeline"):
        raise error
    return (
        f"this command needs the package {package}, which isn't installed: a light installation "
        "has a part of the commands; `pip install -r requirements.txt` in a clone installs all"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lesion",
        description="Benign or malignant? For research and education only, not for clinical use.",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(required=True, metavar="command")
    for name in COMMANDS:
        command = import_module(f"lesion_pipeline.commands.{name}")
        options = commands.add_parser(name, help=command.HELP)
        command.add_arguments(options)
        options.set_defaults(run=command.run)
    return parser


def _version() -> str:
    try:
        return f"lesion-pipeline {version('lesion-pipeline')}"
    except PackageNotFoundError:
        return "lesion-pipeline, not installed"

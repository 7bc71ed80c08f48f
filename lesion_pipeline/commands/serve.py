"""The command `lesion serve`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lesion_pipeline.bundle.formats import SAFE
from lesion_pipeline.commands.options import add_bundle, add_quiet, bundle_of, note, whole_number

if TYPE_CHECKING:
    from lesion_pipeline.web.limits import Limits

HELP: Final = "a page and an API for predictions, on this machine"


def add_arguments(serve: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_bundle(serve)
    serve.add_argument(
        "--runtime", choices=("auto", *SAFE), default="auto",
        help="format of the bundle to run (default: the quickest installed one of full precision)",
    )  # fmt: skip
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default: %(default)s, for programs of this machine alone)",
    )
    serve.add_argument(
        "--port", type=whole_number(0), default=8000, metavar="N",
        help="0: any that is free (default: %(default)s)",
    )  # fmt: skip
    serve.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another host name by which this server may be called",
    )
    serve.add_argument(
        "--similar",
        type=Path,
        metavar="FILE",
        help="index of training images, made by `lesion index`: shows the most similar ones",
    )
    serve.add_argument(
        "--pictures", type=Path, metavar="DIR",
        help="folder with pictures of these images, which everybody who can reach the page sees",
    )  # fmt: skip
    _add_limits(serve.add_argument_group("limits"))
    add_quiet(serve)


def run(parsed: argparse.Namespace) -> int:
    """Run the command until a signal ends it."""
    from lesion_pipeline.web.run import Wanted, run_server

    def started(port: int) -> None:
        shown = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
        note(parsed, f"http://{shown}:{port}/  (Ctrl-C ends it)")
        note(parsed, "For research and education only, not for clinical use.")
        sys.stderr.flush()

    wanted = Wanted(
        bundle=bundle_of(parsed), runtime=parsed.runtime, host=parsed.host, port=parsed.port,
        names=frozenset(parsed.allow_host), similar=parsed.similar, pictures=parsed.pictures,
    )  # fmt: skip
    run_server(wanted, _limits(parsed), started)
    return 0


def _add_limits(limits: argparse._ArgumentGroup) -> None:
    for name, default, text in (
        ("max-bytes", 20 << 20, "of an image file"),
        ("max-pixels", 40_000_000, "of an image, before it is decoded; no more than the default"),
        ("max-requests", 64, "under way at a time; one more gets the status 429"),
        ("max-explanations", 4, "likewise, of heat maps"),
        ("seconds", 30, "for a request"),
    ):
        limits.add_argument(
            f"--{name}", type=whole_number(1), default=default, metavar="N",
            help=f"{text} (default: %(default)s)",
        )  # fmt: skip


def _limits(parsed: argparse.Namespace) -> "Limits":
    from lesion_pipeline.web.limits import Limits

    return Limits(
        bytes=parsed.max_bytes, pixels=parsed.max_pixels, requests=parsed.max_requests,
        explanations=parsed.max_explanations, seconds=parsed.seconds,
    )  # fmt: skip

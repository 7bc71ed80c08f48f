"""The command `lesion page`."""

import argparse
from pathlib import Path
from typing import Final

from lesion_pipeline.commands.options import add_bundle, bundle_of

HELP: Final = "the page of `lesion serve` as a folder for a static host"


def add_arguments(page: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    page.add_argument("output", type=Path, metavar="OUTPUT", help="folder to write")
    add_bundle(page, "the exported bundle, with an onnx network")
    page.add_argument(
        "--runtime", type=Path, metavar="FILE",
        help="package of the WebAssembly runtime, from an earlier `npm pack` (default: npm "
        "fetches it)",
    )  # fmt: skip


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.web.static_page import make_page

    size = make_page(bundle_of(parsed), parsed.output, parsed.runtime)
    print(
        f"{parsed.output} has {size / 1e6:.0f} MB; the pictures stay in the browser\n"
        f"Next: python -m http.server --directory {parsed.output} 8001"
    )
    return 0

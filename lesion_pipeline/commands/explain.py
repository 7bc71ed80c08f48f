"""The command `lesion explain`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from lesion_pipeline.commands.images import add_images, named_images
from lesion_pipeline.commands.options import add_bundle, add_quiet, bundle_of, note
from lesion_pipeline.commands.status import PARTIAL

HELP: Final = "draw the evidence for malignant over images"


def add_arguments(explain: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_images(explain)
    add_bundle(explain, "the exported bundle, with a keras network")
    explain.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for a PNG for each image"
    )
    add_quiet(explain)


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.explanation.files import explain_files, load_explainer

    files = named_images(parsed)
    bundle = load_explainer(bundle_of(parsed))
    if bundle.manifest.data.generated:
        note(parsed, "note: trained on generated images: the maps mean nothing")
    failed = 0
    for file, reason in explain_files(bundle, files, parsed.output, parsed.quiet):
        if reason:
            failed += 1
            print(f"{file}: {reason}", file=sys.stderr)
    done = len(files) - failed
    note(parsed, f"{done} images explained, {failed} failed; in {parsed.output}")
    return PARTIAL if failed else 0

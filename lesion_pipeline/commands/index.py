"""The command `lesion index`."""

import argparse
from pathlib import Path
from typing import Final

from lesion_pipeline import paths
from lesion_pipeline.commands.options import add_bundle, bundle_of

HELP: Final = "make the index of similar images for `lesion serve`"


def add_arguments(index: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    index.add_argument("output", type=Path, metavar="FILE", help="the index to write, .npz")
    add_bundle(index, "the exported bundle, with a tflite network")
    index.add_argument(
        "--images", type=Path, default=paths.IMAGES, metavar="DIR",
        help="images of the collection (default: %(default)s)",
    )  # fmt: skip
    index.add_argument(
        "--table", type=Path, default=paths.SPLIT, metavar="FILE",
        help="CSV with image_id, dx and split; those of train are taken (default: %(default)s)",
    )  # fmt: skip


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.web.index import make_index

    made = make_index(bundle_of(parsed), parsed.images, parsed.table)
    made.save(parsed.output)
    print(
        f"{len(made.image_ids)} training images are now in {parsed.output}\n"
        f"Next: lesion serve --bundle {parsed.bundle} --similar {parsed.output} "
        f"--pictures {parsed.images}"
    )
    return 0

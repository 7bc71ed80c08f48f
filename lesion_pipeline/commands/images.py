"""The options that name images."""

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from lesion_pipeline.commands.options import note
from lesion_pipeline.core.errors import PipelineError

if TYPE_CHECKING:
    from lesion_pipeline.serve.inputs import ImageFile


def add_images(images: argparse._ActionsContainer) -> None:
    """Add the options that name images."""
    images.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="JPEG or PNG files, folders, patterns such as '*.jpg'; or s3://bucket/folder",
    )
    images.add_argument("--image", action="append", default=[], metavar="FILE", help="one file")
    images.add_argument(
        "--image-dir", type=Path, action="append", default=[], metavar="DIR",
        help="all images of a folder",
    )  # fmt: skip
    images.add_argument("--list", type=Path, metavar="FILE", help="text file, one path per line")
    images.add_argument("--recursive", action="store_true", help="include folders within folders")


def named_images(parsed: argparse.Namespace) -> "list[ImageFile]":
    """List the images that are named; what is typed must exist, what a list names gets a row."""
    from functools import partial

    from lesion_pipeline.serve.inputs import check_there, expand, find_images, read_list

    warnings.filterwarnings("ignore", "Image size")  # Pillow's, of images that are refused anyway
    told = partial(note, parsed)
    files = list(expand(parsed.paths, parsed.recursive, note=told))
    files += expand(parsed.image, parsed.recursive, patterns=False, note=told)
    check_there(files)
    listed = read_list(parsed.list) if parsed.list else ()
    files += expand(listed, parsed.recursive, patterns=False, note=told)
    for folder in parsed.image_dir:
        files += find_images(folder, parsed.recursive, told)
    if not files:
        raise PipelineError("no images named: lesion predict PATH..., or --list FILE")
    return files

"""The command `lesion`."""

import argparse
import sys
from pathlib import Path

from lesion_pipeline import paths
from lesion_pipeline.errors import PipelineError

PARTIAL, FAILED = 1, 2  # exit status: some images failed; nothing could be done


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives 0, 1 if some images could not be read, 2 if nothing could be done."""
    parsed = _parser().parse_args(arguments)
    try:
        return _predict(parsed)
    except (PipelineError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lesion",
        description="Benign or malignant? For research and education only, not for clinical use.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    predict = commands.add_parser("predict", help="probability of malignancy of image files")
    what = predict.add_mutually_exclusive_group(required=True)
    what.add_argument("--image", type=Path, metavar="FILE", help="one JPEG or PNG file")
    what.add_argument("--image-dir", type=Path, metavar="DIR", help="all images of a folder")
    predict.add_argument(
        "--output", type=Path, metavar="CSV", help="where to write (default: the terminal)"
    )
    predict.add_argument(
        "--bundle", type=Path, default=paths.EXPORT, metavar="DIR",
        help="the exported bundle (default: %(default)s)",
    )  # fmt: skip
    return parser


def _predict(parsed: argparse.Namespace) -> int:
    # TensorFlow takes seconds to load: only now that the command is known to be right.
    from lesion_pipeline.files import write_csv
    from lesion_pipeline.model.bundle import Bundle
    from lesion_pipeline.parallel import cores
    from lesion_pipeline.serve.predict import find_images, predict_files

    if parsed.output and parsed.output.is_dir():
        raise PipelineError(f"--output: expected a file, received the folder {parsed.output}")
    files = [parsed.image] if parsed.image else find_images(parsed.image_dir)
    bundle = Bundle.load(parsed.bundle)
    if bundle.manifest.data.get("generated"):
        print("note: trained on generated images: the answers mean nothing", file=sys.stderr)
    table = predict_files(bundle, files, cores())
    failed = int(table["error"].notna().sum())
    if parsed.output:
        write_csv(parsed.output, table)
    else:
        table.to_csv(sys.stdout, index=False, lineterminator="\n")
    where = f"; written to {parsed.output}" if parsed.output else ""
    print(f"{len(table) - failed} images predicted, {failed} failed{where}", file=sys.stderr)
    return PARTIAL if failed else 0

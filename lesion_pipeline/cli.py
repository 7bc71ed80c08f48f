"""The command `lesion`."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from lesion_pipeline import paths
from lesion_pipeline.errors import PipelineError

# Exit status: some images failed; a gate is not passed; nothing could be done.
PARTIAL, REFUSED, FAILED = 1, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives its exit status.

    Returns:
        0; 1 if some images could not be read or a gate is not passed; 2 if nothing could be done.
    """
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
        return status
    except (PipelineError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lesion",
        description="Benign or malignant? For research and education only, not for clinical use.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_predict(commands.add_parser("predict", help="probability of malignancy of image files"))
    _add_compare(commands.add_parser("compare", help="is a revision better than another?"))
    _add_report(commands.add_parser("report", help="what a revision changes, as Markdown"))
    return parser


def _add_predict(predict: argparse.ArgumentParser) -> None:
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
    predict.set_defaults(run=_predict)


def _add_compare(compare: argparse.ArgumentParser) -> None:
    _add_revisions(compare)
    form = compare.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all figures as JSON")
    form.add_argument("--markdown", action="store_true", help="the table as Markdown")
    compare.set_defaults(run=_compare)


def _add_report(report: argparse.ArgumentParser) -> None:
    _add_revisions(report)
    report.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="for report.md and its pictures"
    )
    report.add_argument(
        "--max-drop", type=_max_drop, metavar="DROP",
        help="exit with 1 if ROC-AUC on val falls by more than this beyond its interval",
    )  # fmt: skip
    report.set_defaults(run=_report)


def _add_revisions(parser: argparse.ArgumentParser) -> None:
    kinds = "commit, branch, tag, experiment or workspace"
    parser.add_argument("first", metavar="REV_A", help=f"compared with: {kinds}")
    parser.add_argument("second", metavar="REV_B", help="better or worse?")
    parser.add_argument(
        "--samples", type=_whole(1), default=2000, metavar="N",
        help="resamples of the lesions, for the intervals (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seed",
        type=_whole(0),
        default=42,
        metavar="N",
        help="of the resamples (default: %(default)s)",
    )


def _whole(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} up, received {text}"
            )
        return int(text)

    return number


def _max_drop(text: str) -> float:
    try:
        drop = float(text)
    except ValueError:
        drop = -1
    if not 0 <= drop <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text}")
    return drop


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


def _compare(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.revisions.verdict import judge

    pair = Revision.find(parsed.first), Revision.find(parsed.second)
    verdict = judge(*pair, paths.PREDICTIONS, paths.THRESHOLD, parsed.samples, parsed.seed)
    if parsed.json:
        print(json.dumps(verdict.content(), indent=2, allow_nan=False))
    else:
        print(verdict.markdown() if parsed.markdown else verdict.plain())
    return 0


def _report(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.files import write_figures, write_text
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.revisions.report import Places, report

    places = Places(
        paths.PREDICTIONS, paths.THRESHOLD, paths.METRICS / "summary.json",
        paths.PLOTS / "train/history.csv",
    )  # fmt: skip
    pair = Revision.find(parsed.first), Revision.find(parsed.second)
    made = report(*pair, places, parsed.samples, parsed.seed, parsed.max_drop)
    write_figures(parsed.output, made.figures)
    write_text(parsed.output / "report.md", made.text)
    print(parsed.output / "report.md")
    return REFUSED if made.refused else 0

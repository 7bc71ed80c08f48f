"""The command `lesion`."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lesion_pipeline import paths
from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.core.errors import PipelineError

if TYPE_CHECKING:
    from lesion_pipeline.serve.classifier import Classifier

# Exit status: some images failed; a gate is not passed; nothing could be done.
PARTIAL, REFUSED, FAILED = 1, 1, 2
INTERRUPTED, UNREAD = 130, 141  # as a shell has it: 128 and the number of SIGINT, of SIGPIPE


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives its exit status.

    Returns:
        0; 1 if some images could not be read or a gate is not passed; 2 if nothing could be done;
        130 if it was interrupted; 141 if nobody reads the terminal's output any more.
    """
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
        return status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to flush
        return UNREAD
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
    _add_pull(commands.add_parser("pull", help="fetch a bundle or a Keras file from a model hub"))
    _add_push(commands.add_parser("push", help="publish a bundle and its card on a model hub"))
    _add_compare(commands.add_parser("compare", help="is a revision better than another?"))
    _add_report(commands.add_parser("report", help="what a revision changes, as Markdown"))
    return parser


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


def _add_predict(predict: argparse.ArgumentParser) -> None:
    _add_images(predict.add_argument_group("images"))
    _add_network(predict.add_argument_group("network"))
    _add_output(predict.add_argument_group("output"))
    predict.set_defaults(run=_predict)


def _add_images(what: argparse._ArgumentGroup) -> None:
    what.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="JPEG or PNG files, folders, patterns such as '*.jpg'",
    )
    what.add_argument("--image", action="append", default=[], metavar="FILE", help="one file")
    what.add_argument(
        "--image-dir", type=Path, action="append", default=[], metavar="DIR",
        help="all images of a folder",
    )  # fmt: skip
    what.add_argument("--list", type=Path, metavar="FILE", help="a text file with a path a line")
    what.add_argument("--recursive", action="store_true", help="take folders within folders, too")


def _add_network(network: argparse._ArgumentGroup) -> None:
    which = network.add_mutually_exclusive_group()
    which.add_argument(
        "--bundle", type=Path, default=paths.EXPORT, metavar="DIR",
        help="the exported bundle (default: %(default)s)",
    )  # fmt: skip
    which.add_argument(
        "--model", type=Path, metavar="FILE",
        help="instead: a whole network made elsewhere, .h5 or .keras, Keras 2 or 3",
    )  # fmt: skip
    network.add_argument(
        "--preprocessing", choices=("caffe", "tf", "torch", "unit", "none"),
        help="what --model wants of pixels (default: told from its layers, or refused)",
    )  # fmt: skip
    network.add_argument(
        "--threshold", type=_probability, metavar="P",
        help="from which probability on --model says malignant (default: no decision)",
    )  # fmt: skip
    network.add_argument(
        "--runtime", choices=("auto", *(name for name in FORMATS if name != "saved_model")),
        default="auto",
        help="the bundle's format to run (default: the quickest at hand that says the same)",
    )  # fmt: skip
    network.add_argument(
        "--tta", type=int, choices=(1, 4, 8), default=1,
        help="average this many mirrored and turned views of an image; "
        "the threshold was chosen without (default: %(default)s)",
    )  # fmt: skip


def _add_output(output: argparse._ArgumentGroup) -> None:
    output.add_argument(
        "--output", type=Path, metavar="FILE",
        help="where to write (default: the terminal); interrupted, the same command goes on",
    )  # fmt: skip
    output.add_argument(
        "--format", choices=("csv", "json", "jsonl", "parquet"),
        help="default: by the ending of --output, else csv",
    )  # fmt: skip


def _add_pull(pull: argparse.ArgumentParser) -> None:
    pull.add_argument("repo", metavar="OWNER/NAME")
    pull.add_argument("--revision", metavar="REV", help="branch, tag or commit")
    pull.add_argument(
        "--output", type=Path, metavar="DIR", help="where to (default: NAME in this folder)"
    )
    pull.set_defaults(run=_pull)


def _add_push(push: argparse.ArgumentParser) -> None:
    push.add_argument("repo", metavar="OWNER/NAME")
    push.add_argument(
        "--bundle", type=Path, default=paths.EXPORT, metavar="DIR",
        help="the exported bundle (default: %(default)s)",
    )  # fmt: skip
    push.add_argument("--private", action="store_true", help="if the repository is new: private")
    push.set_defaults(run=_push)


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text}")
    return value


def _predict(parsed: argparse.Namespace) -> int:
    # What a network needs takes seconds to load: only now that the command is known to be right.
    from lesion_pipeline.parallel import cores
    from lesion_pipeline.serve.output import format_of, key_of, write_rows
    from lesion_pipeline.serve.predict import columns, predict_files

    form = format_of(parsed.output, parsed.format)
    files = _files(parsed)
    classifier = _classifier(parsed)
    if classifier.generated:
        print("note: trained on generated images: the answers mean nothing", file=sys.stderr)
    source = parsed.model or parsed.bundle
    how = (parsed.preprocessing, parsed.threshold, parsed.runtime, parsed.tta, form)
    key = key_of(source, files, how) if parsed.output else ""
    failed = write_rows(
        parsed.output, form, columns(classifier), key,
        lambda done: predict_files(classifier, files[done:], cores()),
    )  # fmt: skip
    where = f"; written to {parsed.output}" if parsed.output else ""
    print(f"{len(files) - failed} images predicted, {failed} failed{where}", file=sys.stderr)
    return PARTIAL if failed else 0


def _files(parsed: argparse.Namespace) -> list[Path]:
    from lesion_pipeline.serve.inputs import expand, find_images, read_list

    files = list(expand(parsed.paths, parsed.recursive))
    named = [*parsed.image, *(read_list(parsed.list) if parsed.list else ())]
    files += expand(named, parsed.recursive, patterns=False)
    for folder in parsed.image_dir:
        files += find_images(folder, parsed.recursive)
    if not files:
        raise PipelineError("no images named: lesion predict PATH..., or --list FILE")
    return files


def _classifier(parsed: argparse.Namespace) -> "Classifier":
    from lesion_pipeline.serve.load import load_bundle, load_model

    if parsed.model is None:
        if parsed.preprocessing or parsed.threshold is not None:
            raise PipelineError(
                "--preprocessing and --threshold go with --model: a bundle has its own"
            )
        return load_bundle(parsed.bundle, parsed.runtime, parsed.tta)
    if parsed.runtime not in ("auto", "keras"):
        raise PipelineError(f"--runtime {parsed.runtime}: a --model is run by keras")
    how = parsed.preprocessing or "auto"
    return load_model(parsed.model, how, parsed.threshold, parsed.tta)


def _pull(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.serve.hub import pull

    target = parsed.output or Path(parsed.repo.split("/")[-1])
    found = pull(parsed.repo, target, parsed.revision)
    option = "--bundle" if found.is_dir() else "--model"
    print(f"{parsed.repo} is now in {target}\nNext: lesion predict {option} {found} PATH...")
    return 0


def _push(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.serve.hub import push

    print(push(parsed.bundle, parsed.repo, parsed.private))
    return 0


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
    from lesion_pipeline.core.files import write_figures, write_text
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

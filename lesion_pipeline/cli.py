"""The command `lesion`."""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from lesion_pipeline import paths
from lesion_pipeline.bundle.formats import SAFE
from lesion_pipeline.core import kernels
from lesion_pipeline.core.errors import DataError, PipelineError

if TYPE_CHECKING:
    from lesion_pipeline.revisions.read import Revision, RevisionPaths
    from lesion_pipeline.serve.classifier import Classifier

# Exit status: some images failed; a gate is not passed; other bytes; nothing could be done.
PARTIAL, REFUSED, DIFFERS, FAILED = 1, 1, 1, 2
INTERRUPTED, UNREAD = 130, 141  # as in a shell: 128 plus the number of SIGINT, of SIGPIPE


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
    _add_predict(commands.add_parser("predict", help="predict whether images are malignant"))
    _add_evaluate(
        commands.add_parser("evaluate", help="score predictions of any network against labels")
    )
    _add_explain(commands.add_parser("explain", help="draw the evidence for malignant over images"))
    _add_pull(commands.add_parser("pull", help="fetch a bundle or a Keras file from a model hub"))
    _add_push(commands.add_parser("push", help="publish a bundle and its card on a model hub"))
    _add_compare(commands.add_parser("compare", help="is a revision better than another?"))
    _add_report(
        commands.add_parser("report", help="a report of what a revision changes, as Markdown")
    )
    _add_verify(
        commands.add_parser("verify", help="does a revision rebuild to the same bytes here?")
    )
    _add_check(
        commands.add_parser("check", help="is params.yaml right? what would `dvc repro` run?")
    )
    _add_tested(commands.add_parser("tested", help="how many networks have been scored on test?"))
    return parser


def _version() -> str:
    try:
        return f"lesion-pipeline {version('lesion-pipeline')}"
    except PackageNotFoundError:
        return "lesion-pipeline, not installed"


def _add_check(check: argparse.ArgumentParser) -> None:
    check.set_defaults(run=_check)


def _add_tested(tested: argparse.ArgumentParser) -> None:
    tested.set_defaults(run=_tested)


def _add_compare(compare: argparse.ArgumentParser) -> None:
    _add_revisions(compare)
    form = compare.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all figures as JSON")
    form.add_argument("--markdown", action="store_true", help="the table as Markdown")
    compare.set_defaults(run=_compare)


def _add_report(report: argparse.ArgumentParser) -> None:
    _add_revisions(report)
    report.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="for report.md and its charts"
    )
    report.add_argument(
        "--max-drop", type=_max_drop, metavar="DROP",
        help="exit with 1 if the whole interval of the change in ROC-AUC on val is below -DROP",
    )  # fmt: skip
    report.set_defaults(run=_report)


def _add_verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "revision", metavar="REV", nargs="?", default="HEAD",
        help="commit, branch, tag or experiment (default: %(default)s)",
    )  # fmt: skip
    verify.add_argument(
        "--fast", action="store_true",
        help="build nothing: compare dvc.lock with code and parameters, and cache and git with it",
    )  # fmt: skip
    verify.set_defaults(run=_verify)


def _add_revisions(parser: argparse.ArgumentParser) -> None:
    revisions = "commit, branch, tag, experiment or workspace"
    parser.add_argument("first", metavar="REV_A", help=f"to compare with: {revisions}")
    parser.add_argument("second", metavar="REV_B", help="the revision that may be better or worse")
    _add_resamples(parser, "lesions")


def _add_resamples(parser: argparse.ArgumentParser, units: str) -> None:
    parser.add_argument(
        "--samples", type=_whole(1), default=2000, metavar="N",
        help=f"resamples of the {units}, for the intervals (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=_whole(0), default=42, metavar="N",
        help="seed of the resamples (default: %(default)s)",
    )  # fmt: skip


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


def _add_images(images: argparse._ActionsContainer) -> None:
    images.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="JPEG or PNG files, folders, patterns such as '*.jpg'",
    )
    images.add_argument("--image", action="append", default=[], metavar="FILE", help="one file")
    images.add_argument(
        "--image-dir", type=Path, action="append", default=[], metavar="DIR",
        help="all images of a folder",
    )  # fmt: skip
    images.add_argument("--list", type=Path, metavar="FILE", help="text file, one path per line")
    images.add_argument("--recursive", action="store_true", help="include folders within folders")


def _add_network(network: argparse._ArgumentGroup) -> None:
    source = network.add_mutually_exclusive_group()
    source.add_argument(
        "--bundle", type=Path, default=paths.EXPORT, metavar="DIR",
        help="the exported bundle (default: %(default)s)",
    )  # fmt: skip
    source.add_argument(
        "--model", type=Path, metavar="FILE",
        help="instead: a whole network made elsewhere, .h5 or .keras, Keras 2 or 3",
    )  # fmt: skip
    network.add_argument(
        "--preprocessing", choices=("caffe", "tf", "torch", "unit", "none"),
        help="of the pixels for --model (default: inferred from its layers, or refused)",
    )  # fmt: skip
    decision = network.add_mutually_exclusive_group()
    decision.add_argument(
        "--threshold", type=_probability, metavar="P",
        help="an image is called malignant if its probability is at least P (default: the "
        "bundle's; no decision with --model)",
    )  # fmt: skip
    decision.add_argument(
        "--policy", metavar="NAME",
        help="use the threshold that another policy chose on val: target_sensitivity, "
        "target_sensitivity_lower_bound, youden, cost or fixed, of those that the bundle has",
    )  # fmt: skip
    network.add_argument(
        "--runtime", choices=("auto", *SAFE), default="auto",
        help="format of the bundle to run (default: the quickest installed one of full precision)",
    )  # fmt: skip
    network.add_argument(
        "--tta", type=int, choices=(1, 4, 8), default=1,
        help="test-time augmentation: average over this many mirrored and transposed copies of an "
        "image; the bundle's threshold was chosen without it (default: %(default)s)",
    )  # fmt: skip
    network.add_argument(
        "--prevalence", type=_prevalence, metavar="P",
        help="which fraction of such images are malignant where they come from: rows then have the "
        "calibrated probability for that, too; the decision stays the same",
    )  # fmt: skip
    network.add_argument(
        "--kernels", choices=("portable", "native"), default="portable",
        help="portable: TensorFlow computes the same on every x86-64 processor with AVX2; native: "
        "what is quickest here (default: %(default)s)",
    )  # fmt: skip


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument(
        "predictions", type=Path, metavar="PREDICTIONS",
        help="table with an image and a probability of malignancy in each row",
    )  # fmt: skip
    evaluate.add_argument(
        "truth", type=Path, metavar="TRUTH", help="table with an image and its label in each row"
    )
    _add_columns(evaluate.add_argument_group("columns"))
    evaluate.add_argument(
        "--common", action="store_true",
        help="score the images that are in both tables, instead of refusing the others",
    )  # fmt: skip
    evaluate.add_argument(
        "--threshold", type=_probability, metavar="P",
        help="adds the rates if an image is called malignant from a probability of P on",
    )  # fmt: skip
    evaluate.add_argument(
        "--lesions", choices=("mean", "max"), default="mean",
        help="probability of a lesion with several images (default: %(default)s)",
    )  # fmt: skip
    _add_resamples(evaluate, "lesions or patients")
    evaluate.add_argument(
        "--output", type=Path, metavar="FILE", help="write all figures there as JSON, too"
    )
    evaluate.set_defaults(run=_evaluate)


def _add_columns(columns: argparse._ArgumentGroup) -> None:
    for option, text in (
        ("id", "image, in PREDICTIONS (default: image_id or image)"),
        ("probability", "probability (default: probability or probability_malignant)"),
        ("truth-id", "image, in TRUTH (default: image_id or image)"),
        ("label", "label, in TRUTH (default: label or dx)"),
        ("lesion", "lesion, in TRUTH (default: lesion_id, if there is one)"),
        ("patient", "patient, in TRUTH: taken as independent instead of lesions"),
    ):
        columns.add_argument(f"--{option}", metavar="COLUMN", help=text)
    columns.add_argument(
        "--malignant", type=lambda text: tuple(text.split(",")), metavar="VALUES",
        help="labels that are malignant, with commas between; all others are benign (default: 1, "
        "malignant, or akiec, bcc and mel)",
    )  # fmt: skip


def _add_explain(explain: argparse.ArgumentParser) -> None:
    _add_images(explain)
    explain.add_argument(
        "--bundle", type=Path, default=paths.EXPORT, metavar="DIR",
        help="the exported bundle, with a keras network (default: %(default)s)",
    )  # fmt: skip
    explain.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for a PNG for each image"
    )
    _add_quiet(explain)
    explain.set_defaults(run=_explain)


def _add_output(output: argparse._ArgumentGroup) -> None:
    output.add_argument(
        "--output", type=Path, metavar="FILE",
        help="file to write (default: the terminal); if interrupted, the same command resumes",
    )  # fmt: skip
    output.add_argument(
        "--format", choices=("csv", "json", "jsonl", "parquet"),
        help="default: by the ending of --output, else csv",
    )  # fmt: skip
    _add_quiet(output)


def _add_quiet(output: argparse._ActionsContainer) -> None:
    output.add_argument(
        "--quiet", action="store_true",
        help="no progress, notes and counts; only errors and the files that failed",
    )  # fmt: skip


def _add_pull(pull: argparse.ArgumentParser) -> None:
    pull.add_argument("repo", metavar="OWNER/NAME")
    pull.add_argument("--revision", metavar="REV", help="branch, tag or commit")
    pull.add_argument(
        "--output", type=Path, metavar="DIR", help="folder to write (default: NAME, in this folder)"
    )
    pull.set_defaults(run=_pull)


def _add_push(push: argparse.ArgumentParser) -> None:
    push.add_argument("repo", metavar="OWNER/NAME")
    push.add_argument(
        "--bundle", type=Path, default=paths.EXPORT, metavar="DIR",
        help="the exported bundle (default: %(default)s)",
    )  # fmt: skip
    push.add_argument("--private", action="store_true", help="make a new repository private")
    push.set_defaults(run=_push)


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text}")
    return value


def _prevalence(text: str) -> float:
    value = _probability(text)
    if value in (0, 1):
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, received {text}")
    return value


def _predict(parsed: argparse.Namespace) -> int:
    # These imports take seconds: only once the command is known to be right.
    from lesion_pipeline.loops.parallel import cores
    from lesion_pipeline.serve.output import choose_format, write_rows
    from lesion_pipeline.serve.output_key import output_key
    from lesion_pipeline.serve.predict import columns, predict_files
    from lesion_pipeline.serve.tally import Tally

    _check_options(parsed)
    form = choose_format(parsed.output, parsed.format)
    files = _files(parsed)
    classifier = _classifier(parsed)
    if classifier.generated:
        _note(parsed, "note: trained on generated images: the predictions mean nothing")
    source = parsed.model or parsed.bundle
    options = (
        parsed.preprocessing, classifier.threshold, parsed.runtime, parsed.tta, parsed.prevalence,
        form,
    )  # fmt: skip
    key = output_key(source, files, options) if parsed.output else ""
    tally = Tally(classifier.malignant)
    counts = write_rows(
        parsed.output, form, columns(classifier), key,
        lambda written: tally.watch(
            predict_files(classifier, files[written:], cores(), parsed.quiet)
        ),
    )  # fmt: skip
    if parsed.output:
        print(*tally.failed(), sep="\n", end="\n" * bool(tally.failures), file=sys.stderr)
    _note(parsed, tally.note())
    where = f"; written to {parsed.output}" if parsed.output else ""
    _note(parsed, f"{counts.text(classifier.threshold)}{where}")
    return PARTIAL if counts.failed else 0


def _note(parsed: argparse.Namespace, text: str) -> None:
    if text and not parsed.quiet:
        print(text, file=sys.stderr)


def _check_options(parsed: argparse.Namespace) -> None:
    """Refuse at once what can't be combined."""
    from lesion_pipeline.serve.model_file import check_model_file

    if parsed.model is None:
        if parsed.preprocessing:
            raise PipelineError("--preprocessing goes with --model: a bundle has its own")
        return
    check_model_file(parsed.model)
    if parsed.prevalence is not None:
        raise PipelineError("--prevalence goes with a bundle: a --model has no calibrator")
    if parsed.policy is not None:
        raise PipelineError("--policy goes with a bundle: for a --model name a --threshold")
    if parsed.runtime not in ("auto", "keras"):
        raise PipelineError(f"--runtime {parsed.runtime}: a --model is run by keras")


def _evaluate(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.scores.results import Resamples
    from lesion_pipeline.scoring.cases import read_cases
    from lesion_pipeline.scoring.columns import ScoredColumns
    from lesion_pipeline.scoring.score import ScoringParams, score
    from lesion_pipeline.scoring.text import figures_table, heading, notes
    from lesion_pipeline.text_table import plain

    columns = ScoredColumns(
        image_id=parsed.id, probability=parsed.probability, truth_id=parsed.truth_id,
        label=parsed.label, malignant=parsed.malignant, lesion=parsed.lesion,
        patient=parsed.patient,
    )  # fmt: skip
    params = ScoringParams(
        threshold=parsed.threshold,
        resamples=Resamples(samples=parsed.samples, seed=parsed.seed),
        lesions=parsed.lesions,
    )
    scores = score(read_cases(parsed.predictions, parsed.truth, columns, parsed.common), params)
    if parsed.output is not None:
        scores.write(parsed.output)
    print(heading(scores), plain(figures_table(scores)), notes(scores), sep="\n\n")
    return 0


def _explain(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.explanation.files import explain_files, load_explainer

    files = _files(parsed)
    bundle = load_explainer(parsed.bundle)
    if bundle.manifest.data.generated:
        _note(parsed, "note: trained on generated images: the maps mean nothing")
    failed = 0
    for file, reason in explain_files(bundle, files, parsed.output, parsed.quiet):
        if reason:
            failed += 1
            print(f"{file}: {reason}", file=sys.stderr)
    done = len(files) - failed
    _note(parsed, f"{done} images explained, {failed} failed; in {parsed.output}")
    return PARTIAL if failed else 0


def _files(parsed: argparse.Namespace) -> list[Path]:
    """List the images that are named; what is typed must exist, what a list names gets a row."""
    from functools import partial

    from lesion_pipeline.serve.inputs import check_there, expand, find_images, read_list

    warnings.filterwarnings("ignore", "Image size")  # Pillow's, of images that are refused anyway
    note = partial(_note, parsed)
    files = list(expand(parsed.paths, parsed.recursive, note=note))
    files += expand(parsed.image, parsed.recursive, patterns=False, note=note)
    check_there(files)
    listed = read_list(parsed.list) if parsed.list else ()
    files += expand(listed, parsed.recursive, patterns=False, note=note)
    for folder in parsed.image_dir:
        files += find_images(folder, parsed.recursive, note)
    if not files:
        raise PipelineError("no images named: lesion predict PATH..., or --list FILE")
    return files


def _classifier(parsed: argparse.Namespace) -> "Classifier":
    from lesion_pipeline.serve.load import load_bundle, load_model

    if parsed.model is not None:
        preprocessing = parsed.preprocessing or "auto"
        return load_model(parsed.model, preprocessing, parsed.threshold, parsed.tta)
    bundle = load_bundle(parsed.bundle, parsed.runtime, parsed.tta, parsed.prevalence)
    chosen = parsed.policy if parsed.threshold is None else parsed.threshold
    return bundle if chosen is None else bundle.with_threshold(chosen)


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


def _check(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.revisions.pending import describe, pending_stages
    from lesion_pipeline.schema import check_params

    check_params()
    print("params.yaml is right.")
    print("\n".join(describe(pending_stages(Path()))))
    return 0


def _compare(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.revisions.verdict import judge
    from lesion_pipeline.scores.results import Resamples

    pair = Revision.find(parsed.first), Revision.find(parsed.second)
    resamples = Resamples(samples=parsed.samples, seed=parsed.seed)
    try:
        verdict = judge(*pair, _revision_paths(), resamples)
    except DataError as error:
        return _not_compared(parsed, *pair, error)
    if parsed.json:
        print(json.dumps(verdict.content(), indent=2, allow_nan=False))
    else:
        print(verdict.markdown() if parsed.markdown else verdict.plain())
    return 0


def _not_compared(
    parsed: argparse.Namespace, first: "Revision", second: "Revision", error: DataError
) -> int:
    """Print what git has of two revisions, and on standard error why that is no comparison."""
    from lesion_pipeline.revisions.unpaired import Unpaired
    from lesion_pipeline.text_table import markdown

    found = Unpaired.of(first, second, _revision_paths(), error)
    if parsed.json:
        print(json.dumps(found.content(), indent=2, allow_nan=False))
    elif not found.metrics.empty:
        print(markdown(found.table()) if parsed.markdown else found.plain())
    step = f"\n{found.next_step}" if found.next_step else ""
    print(f"error: not compared: {found.reason}{step}", file=sys.stderr)
    return FAILED


def _report(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.core.files import write_figures, write_text
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.revisions.report import report
    from lesion_pipeline.scores.results import Resamples

    pair = Revision.find(parsed.first), Revision.find(parsed.second)
    resamples = Resamples(samples=parsed.samples, seed=parsed.seed)
    made = report(*pair, _revision_paths(), resamples, parsed.max_drop)
    write_figures(parsed.output, made.figures)
    write_text(parsed.output / "report.md", made.text)
    print(parsed.output / "report.md")
    return REFUSED if made.refused else 0


def _verify(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.revisions.rebuild import RebuildPaths, verify_revision

    places = RebuildPaths(summary=paths.METRICS / "summary.json", downloads=paths.DOWNLOADS)
    found = verify_revision(parsed.revision, places, build=not parsed.fast)
    print(found.text())
    return 0 if found.same else DIFFERS


def _tested(parsed: argparse.Namespace) -> int:
    from lesion_pipeline.revisions.scored import ScoredPaths, scored_splits

    places = ScoredPaths(predictions=paths.PREDICTIONS, split=paths.SPLIT.parent)
    for found in scored_splits(Path(), places):
        print(found)
    print("The more there are, the better the best looks on test by chance: choose on val.")
    return 0


def _revision_paths() -> "RevisionPaths":
    from lesion_pipeline.revisions.read import RevisionPaths

    return RevisionPaths(
        predictions=paths.PREDICTIONS,
        threshold=paths.THRESHOLD,
        summary=paths.METRICS / "summary.json",
        history=paths.PLOTS / "train/history.csv",
        external=paths.METRICS / "validate.json",
    )

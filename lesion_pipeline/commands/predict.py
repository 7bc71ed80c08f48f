"""The command `lesion predict`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lesion_pipeline.bundle.formats import SAFE
from lesion_pipeline.commands.images import add_images, named_images
from lesion_pipeline.commands.options import (
    add_bundle,
    add_quiet,
    bundle_of,
    note,
    prevalence,
    probability,
)
from lesion_pipeline.commands.status import PARTIAL
from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.shards.part import read_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lesion_pipeline.serve.classifier import Classifier
    from lesion_pipeline.serve.inputs import ImageFile

HELP: Final = "predict whether images are malignant"


def add_arguments(predict: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    images = predict.add_argument_group("images")
    add_images(images)
    images.add_argument(
        "--shard", type=read_part, metavar="I/N",
        help="every N-th image, beginning with the I-th: a part for one of N machines",
    )  # fmt: skip
    _add_network(predict.add_argument_group("network"))
    _add_output(predict.add_argument_group("output"))


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    # These imports take seconds: only once the command is known to be right.
    from lesion_pipeline.serve.output import choose_format, write_rows
    from lesion_pipeline.serve.output_key import output_key
    from lesion_pipeline.serve.predict import columns, predict_files
    from lesion_pipeline.serve.tally import Tally

    _check_options(parsed)
    form = choose_format(parsed.output, parsed.format)
    files = named_images(parsed)
    if parsed.shard:
        files = parsed.shard.of(files)
    source = parsed.model or bundle_of(parsed)
    classifier = _classifier(parsed, source)
    if classifier.generated:
        note(parsed, "note: trained on generated images: the predictions mean nothing")
    options = (
        parsed.preprocessing, classifier.threshold, parsed.runtime, parsed.tta, parsed.prevalence,
        form,
    )  # fmt: skip
    key = output_key(source, files, options) if parsed.output else ""
    tally = Tally(classifier.malignant)
    counts = write_rows(
        parsed.output, form, columns(classifier), key,
        lambda written: tally.watch(
            predict_files(classifier, files[written:], _workers(files), parsed.quiet)
        ),
    )  # fmt: skip
    if parsed.output:
        print(*tally.failed(), sep="\n", end="\n" * bool(tally.failures), file=sys.stderr)
    note(parsed, tally.note())
    where = f"; written to {parsed.output}" if parsed.output else ""
    note(parsed, f"{counts.text(classifier.threshold)}{where}")
    return PARTIAL if counts.failed else 0


def _add_network(network: argparse._ArgumentGroup) -> None:
    source = network.add_mutually_exclusive_group()
    add_bundle(source)
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
        "--threshold", type=probability, metavar="P",
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
        "--prevalence", type=prevalence, metavar="P",
        help="which fraction of such images are malignant where they come from: rows then have the "
        "calibrated probability for that, too; the decision stays the same",
    )  # fmt: skip
    network.add_argument(
        "--kernels", choices=("portable", "native"), default="portable",
        help="portable: TensorFlow computes the same on every x86-64 processor with AVX2; native: "
        "what is quickest here (default: %(default)s)",
    )  # fmt: skip


def _add_output(output: argparse._ArgumentGroup) -> None:
    output.add_argument(
        "--output", type=Path, metavar="FILE",
        help="file to write (default: the terminal); if interrupted, the same command resumes",
    )  # fmt: skip
    output.add_argument(
        "--format", choices=("csv", "json", "jsonl", "parquet"),
        help="default: by the ending of --output, else csv",
    )  # fmt: skip
    add_quiet(output)


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


def _workers(files: "Sequence[ImageFile]") -> int:
    """Return how many threads read and decode; a storage takes its time for each file."""
    from lesion_pipeline.addresses.mirror import READERS
    from lesion_pipeline.addresses.storage import StoredFile
    from lesion_pipeline.loops.parallel import cores

    elsewhere = any(isinstance(file, StoredFile) for file in files)
    return READERS if elsewhere else cores()


def _classifier(parsed: argparse.Namespace, source: Path) -> "Classifier":
    from lesion_pipeline.serve.load import load_bundle, load_model

    if parsed.model is not None:
        preprocessing = parsed.preprocessing or "auto"
        return load_model(source, preprocessing, parsed.threshold, parsed.tta)
    bundle = load_bundle(source, parsed.runtime, parsed.tta, parsed.prevalence)
    chosen = parsed.policy if parsed.threshold is None else parsed.threshold
    return bundle if chosen is None else bundle.with_threshold(chosen)

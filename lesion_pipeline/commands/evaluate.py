"""The command `lesion evaluate`."""

import argparse
from pathlib import Path
from typing import Final

from lesion_pipeline.commands.options import add_resamples, probability

HELP: Final = "score predictions of any network against labels"


def add_arguments(evaluate: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
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
        "--threshold", type=probability, metavar="P",
        help="adds the rates if an image is called malignant from a probability of P on",
    )  # fmt: skip
    evaluate.add_argument(
        "--lesions", choices=("mean", "max"), default="mean",
        help="probability of a lesion with several images (default: %(default)s)",
    )  # fmt: skip
    add_resamples(evaluate, "lesions or patients")
    evaluate.add_argument(
        "--output", type=Path, metavar="FILE", help="write all figures there as JSON, too"
    )


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
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

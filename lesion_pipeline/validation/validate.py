"""Score the network on other collections, at the threshold and with the calibrator of val."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_csv
from lesion_pipeline.core.labels import LesionRule
from lesion_pipeline.evaluation.calibration import calibration, calibration_error
from lesion_pipeline.evaluation.calibrator import Calibrator
from lesion_pipeline.evaluation.evaluate import lesion_scores
from lesion_pipeline.inference.manifest import PredictionManifest
from lesion_pipeline.scores.results import (
    Evaluation,
    ExternalScores,
    OperatingPoint,
    Validation,
)
from lesion_pipeline.statistics.bootstrap import losses, ranking, with_intervals
from lesion_pipeline.statistics.curves import calibration_table, curve_bins, roc_table
from lesion_pipeline.statistics.metrics import arrays
from lesion_pipeline.summary.clinical import ClinicalQuestions, clinical_table
from lesion_pipeline.summary.subgroups import Subgroups, subgroup_table
from lesion_pipeline.summary.summary import TRAIT_COLUMNS
from lesion_pipeline.threshold.tune_threshold import rates_at
from lesion_pipeline.validation.adaptation import adapt
from lesion_pipeline.validation.params import ValidateParams


@dataclass(frozen=True)
class Chosen:
    """What was chosen on val, or set for the collection itself, and holds for the others.

    Attributes:
        point: the operating point.
        calibrator: fitted on val.
        evaluation: of val and test; only its resamples and bins are used.
        subgroups: age bands, and when there is a ROC-AUC.
        malignant: the diagnoses that count as malignant.
        rule: the probability of a lesion with several images.
    """

    point: OperatingPoint
    calibrator: Calibrator
    evaluation: Evaluation
    subgroups: Subgroups
    malignant: tuple[str, ...]
    rule: LesionRule


@dataclass(frozen=True)
class ExternalCases:
    """Predictions for another collection, with traits, without near-duplicates.

    Attributes:
        table: one row per image: image_id, lesion_id, dx, age, sex, site, dx_type, label,
            probability, and one column per diagnosis if the network predicts those.
        duplicates: images left out because one of the collection itself looks the same.
        unreadable: images that could not be read.
    """

    table: pd.DataFrame
    duplicates: int
    unreadable: int


@dataclass(frozen=True)
class ValidationOutcome:
    """The scores of other collections.

    Attributes:
        validation: by collection.
        tables: figures (of each collection, with intervals); and for each collection
            roc_<name>, calibration_<name>, subgroups_<name> and clinical_<name>.
    """

    validation: Validation
    tables: dict[str, pd.DataFrame]

    def __str__(self) -> str:
        """Return a line per collection."""
        lines = [
            f"{name}: ROC-AUC {scores.roc_auc:.3f}, sensitivity {scores.rates.sensitivity:.3f}, "
            f"specificity {scores.rates.specificity:.3f} ({scores.images} images, "
            f"{scores.malignant} malignant)"
            for name, scores in self.validation.collections.items()
        ]
        return "\n".join(lines) or "no other collection: see fetch.external in params.yaml"


def read_external(
    predictions: Path, external: Path, manifest: PredictionManifest, duplicates: pd.DataFrame
) -> dict[str, ExternalCases]:
    """Read the predictions for other collections, and leave out near-duplicates.

    Args:
        predictions: folder with <name>.csv for each collection; it may be missing.
        external: with a folder for each collection.
        manifest: names the images that could not be read.
        duplicates: see leakage.audit.external_duplicates.

    Raises:
        DataError: a table is missing or lacks a column, or nothing is left of a collection.
    """
    found = {}
    for file in sorted(predictions.glob("*.csv")):
        types = {"image_id": "str", "lesion_id": "str", "label": "int64", "probability": "float64"}
        table = read_csv(file, **types)
        traits = {"image_id": "str", "age": "float64", "sex": "str", "localization": "str"}
        known = read_csv(external / file.stem / "metadata.csv", **traits, dx_type="str")
        known = known.set_index("image_id")[list(TRAIT_COLUMNS)].rename(columns=TRAIT_COLUMNS)
        again = duplicates.loc[duplicates["collection"] == file.stem, "image_id"]
        kept = table[~table["image_id"].isin(again)]
        if kept.empty:
            raise DataError(f"{file.stem}: every image looks like one of the collection itself")
        found[file.stem] = ExternalCases(
            table=kept.join(known, on="image_id").reset_index(drop=True),
            duplicates=len(table) - len(kept),
            unreadable=len(manifest.unreadable.get(file.stem, {})),
        )
    return found


def validate(
    collections: dict[str, ExternalCases], chosen: Chosen, params: ValidateParams
) -> ValidationOutcome:
    """Score the network on each collection.

    Args:
        collections: by name.
        chosen: the operating point and more, none of it chosen on these collections.
        params: how many labelled images are taken to see what they would change.

    Raises:
        DataError: a collection can't be scored, for example because it has one class only; names
            it.
    """
    scored: dict[str, ExternalScores] = {}
    tables: dict[str, pd.DataFrame] = {}
    for name, cases in collections.items():
        try:
            scored[name] = _scores(cases, chosen, params)
            tables |= {f"{kind}_{name}": made for kind, made in _tables(cases.table, chosen)}
        except DataError as error:
            raise DataError(f"{name} (fetch.external): {error}") from None
    tables["figures"] = pd.DataFrame(
        [row for name, scores in scored.items() for row in _rows(name, scores)],
        columns=["collection", "figure", "value", "low", "high"],
    )
    return ValidationOutcome(Validation(collections=scored), tables)


def _scores(cases: ExternalCases, chosen: Chosen, params: ValidateParams) -> ExternalScores:
    table, bins = cases.table, chosen.evaluation.calibration_bins
    labels, probabilities = arrays(table)
    calibrated = chosen.calibrator.apply(probabilities)
    estimates = {
        "network": ranking(labels, probabilities)
        | losses(labels, probabilities)
        | calibration(labels, probabilities),
        "calibrated": losses(labels, calibrated) | calibration(labels, calibrated),
    }
    found: dict[str, Any] = dict(
        with_intervals(estimates, table["lesion_id"], chosen.evaluation.resamples)
    )
    for name, values in (("network", probabilities), ("calibrated", calibrated)):
        found[name]["calibration_error"] = calibration_error(labels, values, bins)
    return ExternalScores.model_validate(
        {
            "images": len(table),
            "malignant": int(labels.sum()),
            "duplicates": cases.duplicates,
            "unreadable": cases.unreadable,
            **found["network"],
            "calibrated": found["calibrated"],
            "lesions": lesion_scores(table, chosen.rule, chosen.evaluation.resamples),
            "rates": rates_at(table, chosen.point.threshold, chosen.rule),
            "adaptation": adapt(table, chosen.point, chosen.calibrator, params),
        }
    )


def _tables(table: pd.DataFrame, chosen: Chosen) -> Iterator[tuple[str, pd.DataFrame]]:
    labels, probabilities = arrays(table)
    calibrated = chosen.calibrator.apply(probabilities)
    bins = curve_bins(chosen.evaluation.calibration_bins, len(table))
    yield "roc", roc_table(labels, probabilities)
    yield "calibration", calibration_table(labels, calibrated, bins, table["lesion_id"])
    yield "subgroups", subgroup_table(table, chosen.point.threshold, chosen.subgroups)
    questions = ClinicalQuestions(
        chosen.point.threshold,
        chosen.malignant,
        chosen.subgroups.min_lesions_for_auc,
        chosen.evaluation.resamples,
    )
    yield "clinical", clinical_table(table, questions)


def _rows(name: str, scores: ExternalScores) -> Iterator[tuple[Any, ...]]:
    rates, lesions = scores.rates, scores.rates.lesions
    values = (
        ("roc_auc", scores.roc_auc, scores.roc_auc_interval),
        ("pr_auc", scores.pr_auc, scores.pr_auc_interval),
        ("sensitivity", rates.sensitivity, rates.sensitivity_interval),
        ("specificity", rates.specificity, rates.specificity_interval),
        ("lesion_sensitivity", lesions.sensitivity, lesions.sensitivity_interval),
        ("lesion_specificity", lesions.specificity, lesions.specificity_interval),
        (
            "calibration_intercept",
            scores.calibrated.calibration_intercept,
            scores.calibrated.calibration_intercept_interval,
        ),
        (
            "calibration_slope",
            scores.calibrated.calibration_slope,
            scores.calibrated.calibration_slope_interval,
        ),
    )
    for figure, value, interval in values:
        yield (name, figure, value, *(interval or (None, None)))

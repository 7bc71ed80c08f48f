"""What the operating point means: for whom, where, and where it fails; and the main figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.scores.params import SummaryParams
from lesion_pipeline.scores.results import (
    Evaluation,
    MainFigures,
    OperatingPoint,
    Rates,
    SplitScores,
    SummaryFigures,
)
from lesion_pipeline.summary.calibration_groups import calibration_groups
from lesion_pipeline.summary.clinical import ClinicalQuestions, clinical_table
from lesion_pipeline.summary.mistakes import mistakes_table
from lesion_pipeline.summary.prevalence import prevalence_table, shifted_calibration
from lesion_pipeline.summary.subgroups import Subgroups, subgroup_table

TRAIT_COLUMNS: Final = {"age": "age", "sex": "sex", "localization": "site", "dx_type": "dx_type"}

SUBGROUPS: Final = "subgroups.json"


@dataclass(frozen=True)
class Findings:
    """The results of earlier stages.

    Attributes:
        predictions: by split, one row per image: image_id, lesion_id, dx, label, probability.
        metadata: one row per image of the collection: image_id, age (years), sex, localization,
            dx_type; empty is NaN.
        malignant: the diagnoses that count as malignant.
        evaluation: the scores of val and test.
        point: the operating point.
        calibration: the calibration curve of test after the calibrator; predicted, observed, low,
            high, 0 to 1.
    """

    predictions: dict[str, pd.DataFrame]
    metadata: pd.DataFrame
    malignant: tuple[str, ...]
    evaluation: Evaluation
    point: OperatingPoint
    calibration: pd.DataFrame

    def scores(self, split: str) -> SplitScores:
        """Return the scores of val or test."""
        return {"val": self.evaluation.val, "test": self.evaluation.test}[split]

    def rates(self, split: str) -> Rates:
        """Return the rates at the operating point on val or test."""
        return {"val": self.point.val, "test": self.point.test}[split]

    def cases(self, split: str) -> pd.DataFrame:
        """Return the predictions with the traits of each image.

        Raises:
            DataError: an image is not in the metadata.
        """
        table = self.predictions[split]
        known = self.metadata.set_index("image_id")[list(TRAIT_COLUMNS)].rename(
            columns=TRAIT_COLUMNS
        )
        unknown = table.loc[~table["image_id"].isin(known.index), "image_id"]
        if len(unknown):
            raise DataError(f"predicted image not in the metadata: {listed(unknown)}")
        return table.join(known, on="image_id")


@dataclass(frozen=True)
class Summary:
    """The main figures, and tables of the operating point.

    Attributes:
        figures: the main figures.
        tables: figures (these and more with their intervals), prevalence, calibration_prevalence,
            calibration_groups and mistakes (of test), subgroups_<split> and clinical_<split>.
    """

    figures: SummaryFigures
    tables: dict[str, pd.DataFrame]

    def __str__(self) -> str:
        """Return the main figures, two lines per split."""
        lines = []
        for split, figures in (("val", self.figures.val), ("test", self.figures.test)):
            values = figures.model_dump(exclude={"clinical"})
            for found in (values, figures.clinical):
                shown = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
                lines += [f"{split}: {shown}"] if shown else []
        return "\n".join(lines)


def summary(findings: Findings, params: SummaryParams) -> Summary:
    """Summarise the operating point on val and test.

    Args:
        findings: predictions, metadata and earlier results.
        params: prevalences and subgroups.

    Raises:
        DataError: an image is not in the metadata, or the predictions can't be scored; see
            metrics.check.
    """
    threshold, subgroups = findings.point.threshold, subgroups_of(params)
    questions = ClinicalQuestions(
        threshold,
        findings.malignant,
        params.min_lesions_for_auc,
        findings.evaluation.resamples,
    )
    clinical = {
        split: clinical_table(findings.cases(split), questions) for split in findings.predictions
    }
    figures = SummaryFigures(
        threshold=threshold,
        val=_main_figures(findings, "val", clinical["val"]),
        test=_main_figures(findings, "test", clinical["test"]),
        malignant=findings.malignant,
    )
    tables = {
        "figures": _figures_table(findings),
        "prevalence": _prevalences(findings, params.prevalences),
        "calibration_prevalence": _calibration(findings, params.prevalences),
        "calibration_groups": calibration_groups(
            findings.cases("test"), subgroups, findings.evaluation.resamples
        ),
        "mistakes": mistakes_table(findings.cases("test"), threshold),
    }
    by_subgroup = {
        f"subgroups_{split}": subgroup_table(findings.cases(split), threshold, subgroups)
        for split in findings.predictions
    }
    answers = {f"clinical_{split}": table for split, table in clinical.items()}
    return Summary(figures, tables | by_subgroup | answers)


def subgroups_of(params: SummaryParams) -> Subgroups:
    """Return the subgroups that the parameters name."""
    return Subgroups(age_bands=params.age_bands, min_lesions_for_auc=params.min_lesions_for_auc)


def _main_figures(findings: Findings, split: str, clinical: pd.DataFrame) -> MainFigures:
    scores, rates = findings.scores(split), findings.rates(split)
    known = clinical[clinical["value"].notna()]
    return MainFigures(
        roc_auc=scores.roc_auc,
        pr_auc=scores.pr_auc,
        sensitivity=rates.sensitivity,
        specificity=rates.specificity,
        calibration_error=scores.calibration_error,
        clinical=dict(known[["figure", "value"]].itertuples(index=False, name=None)),
    )


def _figures_table(findings: Findings) -> pd.DataFrame:
    """List each figure with its 95 % interval, if it has one: split, figure, value, low, high.

    Figures by lesion begin with `lesion_`; the others are by image.
    """
    rows: list[tuple[str, str, float | None, Iterable[float] | None]] = []
    for split in findings.predictions:
        scores, rates = findings.scores(split), findings.rates(split)
        rows += [
            (split, "roc_auc", scores.roc_auc, scores.roc_auc_interval),
            (split, "pr_auc", scores.pr_auc, scores.pr_auc_interval),
            (split, "sensitivity", rates.sensitivity, rates.sensitivity_interval),
            (split, "specificity", rates.specificity, rates.specificity_interval),
            (split, "calibration_error", scores.calibration_error, None),
            (split, "ppv", rates.ppv, rates.ppv_interval),
            (split, "npv", rates.npv, rates.npv_interval),
        ]
        lesions, by_lesion = scores.lesions, rates.lesions
        rows += [
            (split, "lesion_roc_auc", lesions.roc_auc, lesions.roc_auc_interval),
            (split, "lesion_pr_auc", lesions.pr_auc, lesions.pr_auc_interval),
            (split, "lesion_sensitivity", by_lesion.sensitivity, by_lesion.sensitivity_interval),
            (split, "lesion_specificity", by_lesion.specificity, by_lesion.specificity_interval),
            (split, "lesion_ppv", by_lesion.ppv, by_lesion.ppv_interval),
            (split, "lesion_npv", by_lesion.npv, by_lesion.npv_interval),
        ]
    table = [(split, name, value, *(ends or (None, None))) for split, name, value, ends in rows]
    return pd.DataFrame(table, columns=["split", "figure", "value", "low", "high"])


def _prevalences(findings: Findings, prevalences: tuple[float, ...]) -> pd.DataFrame:
    """Compute the predictive values of val and test, last at the prevalence of the split itself."""
    tables = []
    for split in findings.predictions:
        rates, scores = findings.rates(split).lesions, findings.scores(split).lesions
        parts = [*prevalences, scores.malignant / scores.count]
        values = prevalence_table(rates, parts)
        of_the_split = [*[False] * len(prevalences), True]
        tables.append(values.assign(split=split, of_the_split=of_the_split))
    joined = pd.concat(tables, ignore_index=True)
    return joined[["split", "of_the_split", *joined.columns.drop(["split", "of_the_split"])]]


def _calibration(findings: Findings, prevalences: tuple[float, ...]) -> pd.DataFrame:
    """Move the calibration curve of test to prevalences, first to its own."""
    known = findings.scores("test").malignant / findings.scores("test").images
    return shifted_calibration(findings.calibration, known, [known, *prevalences])

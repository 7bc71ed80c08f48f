"""All charts of the results: curves, operating point, subgroups, and the training history."""

from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.calibration import (
    calibration_chart,
    calibration_groups_chart,
    calibration_prevalence_chart,
)
from lesion_pipeline.charts.confusion import confusion_chart, confusion_diagnoses_chart
from lesion_pipeline.charts.curves import ScoredCurve, pr_chart, roc_chart
from lesion_pipeline.charts.decisions import decision_chart, distribution_chart, threshold_chart
from lesion_pipeline.charts.external import external_chart
from lesion_pipeline.charts.flow import flow_chart
from lesion_pipeline.charts.history import history_chart
from lesion_pipeline.charts.subgroups import calibration_subgroups_chart, forest_chart
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.scores.flow import LesionFlow
from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Validation

CURVES: Final = ("roc", "pr", "calibration", "calibration_curve", "distribution", "decision")
PREDICTED: Final = SPLITS[1:]  # val, test
CURVE_TABLES: Final = (
    *(f"{name}_{split}" for name in CURVES for split in PREDICTED),
    "calibrated_test",
    "calibrated_curve_test",
)
CONFUSION: Final = "confusion_diagnoses_"  # and the split; only of a network that predicts them
SUBGROUPS_TITLE: Final = "Rates by subgroup of test, with 95 % intervals"
CALIBRATION_TITLE: Final = "Calibration by subgroup of test, with 95 % intervals"


@dataclass(frozen=True)
class ResultsToDraw:
    """Results of the earlier stages.

    Attributes:
        evaluation: the scores of val and test.
        point: the operating point.
        curves: the tables named in CURVE_TABLES, as evaluation.evaluate makes them.
        rates: the rates on val by threshold; statistics.curves.threshold_table.
        confusion: of the diagnoses, named confusion_diagnoses_<split>; empty if the network
            doesn't predict them.
        subgroups: of test; summary.subgroups.subgroup_table.
        prevalences: summary.prevalence.shifted_calibration.
        calibration_groups: of test; summary.calibration_groups.
        history: one row per epoch: epoch, loss, val_roc_auc, val_pr_auc, val_log_loss.
        best_epoch: the epoch whose state was kept.
        flow: what became of the collection's lesions.
        validation: the scores of other collections.
        external: their curves by name of the table, roc_<collection> and calibration_<collection>.
    """

    evaluation: Evaluation
    point: OperatingPoint
    curves: dict[str, pd.DataFrame]
    rates: pd.DataFrame
    confusion: dict[str, pd.DataFrame]
    subgroups: pd.DataFrame
    prevalences: pd.DataFrame
    calibration_groups: pd.DataFrame
    history: pd.DataFrame
    best_epoch: int
    flow: LesionFlow
    validation: Validation
    external: dict[str, pd.DataFrame]

    def by_split(self, name: str) -> dict[str, pd.DataFrame]:
        """Return the tables of one curve by split."""
        return {split: self.curves[f"{name}_{split}"] for split in PREDICTED}

    def scored(self, name: str, score: str) -> dict[str, ScoredCurve]:
        """Return the tables of one curve with the area under it, by split."""
        scores = {"val": self.evaluation.val, "test": self.evaluation.test}
        return {
            split: ScoredCurve(
                self.curves[f"{name}_{split}"],
                getattr(found, score),
                getattr(found, f"{score}_interval"),
                found.images,
                found.malignant,
            )
            for split, found in scores.items()
        }


def draw(results: ResultsToDraw) -> dict[str, Figure]:
    """Draw the results; val and test share a chart.

    Returns:
        Figures named roc (with the operating point), precision_recall, calibration,
        distribution, decision, history, confusion_matrix (at the operating point), operating_point,
        subgroups, flow; confusion_diagnoses_val and _test, if the network predicts diagnoses;
        calibration_subgroups and calibration_groups, if test has enough lesions;
        calibration_prevalence, if there is a calibration curve; and external, if there are other
        collections.
    """
    threshold = results.point.threshold
    rates = {"val": results.point.val.model_dump(), "test": results.point.test.model_dump()}
    return {
        "roc": roc_chart(results.scored("roc", "roc_auc"), rates),
        "precision_recall": pr_chart(results.scored("pr", "pr_auc")),
        "calibration": _calibration(results),
        "distribution": distribution_chart(results.by_split("distribution"), threshold),
        "decision": decision_chart(results.by_split("decision")),
        "history": history_chart(results.history, results.best_epoch),
        "confusion_matrix": confusion_chart(rates, threshold),
        "operating_point": threshold_chart(results.rates, threshold),
        "subgroups": forest_chart(results.subgroups, SUBGROUPS_TITLE),
        "flow": flow_chart(results.flow, results.validation),
        **{
            name: confusion_diagnoses_chart(table, name.removeprefix(CONFUSION))
            for name, table in results.confusion.items()
        },
        **_if_known(results),
        **_external(results),
    }


def _calibration(results: ResultsToDraw) -> Figure:
    before = (results.by_split("calibration"), results.by_split("calibration_curve"))
    bins, curve = (results.curves[name] for name in ("calibrated_test", "calibrated_curve_test"))
    return calibration_chart(before, ({"test": bins}, {"test": curve}))


def _if_known(results: ResultsToDraw) -> dict[str, Figure]:
    """Draw what can't be computed from every collection."""
    figures = {}
    if results.subgroups["observed"].notna().any():
        chart = calibration_subgroups_chart(results.subgroups, CALIBRATION_TITLE)
        figures["calibration_subgroups"] = chart
    if results.calibration_groups["observed"].notna().any():
        chart = calibration_groups_chart(results.calibration_groups)
        figures["calibration_groups"] = chart
    if len(results.prevalences):
        figures["calibration_prevalence"] = calibration_prevalence_chart(results.prevalences)
    return figures


def _external(results: ResultsToDraw) -> dict[str, Figure]:
    names = list(results.validation.collections)
    if not names:
        return {}
    roc = {"test": results.curves["roc_test"]}
    roc |= {name: results.external[f"roc_{name}"] for name in names}
    calibration = {"test": results.curves["calibrated_test"]}
    calibration |= {name: results.external[f"calibration_{name}"] for name in names}
    rates = {"test": results.point.test}
    rates |= {name: scores.rates for name, scores in results.validation.collections.items()}
    points = {name: (each.sensitivity, each.specificity) for name, each in rates.items()}
    return {"external": external_chart(roc, calibration, points)}

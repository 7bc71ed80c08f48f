"""All charts of the results: curves, operating point, subgroups, and the training history."""

from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.curves import (
    calibration_chart,
    confusion_chart,
    decision_chart,
    distribution_chart,
    history_chart,
    operating_roc_chart,
    pr_chart,
    roc_chart,
    threshold_chart,
)
from lesion_pipeline.charts.external import external_chart
from lesion_pipeline.charts.flow import flow_chart
from lesion_pipeline.charts.subgroups import forest_chart
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.scores.flow import LesionFlow
from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Validation

CURVES: Final = ("roc", "pr", "calibration", "distribution", "decision")
PREDICTED: Final = SPLITS[1:]  # val, test
CURVE_TABLES: Final = (
    *(f"{name}_{split}" for name in CURVES for split in PREDICTED),
    "calibrated_test",
)
SUBGROUPS_TITLE: Final = "Test: sensitivity and specificity by subgroup, with 95 % intervals"


@dataclass(frozen=True)
class ResultsToDraw:
    """Results of the earlier stages.

    Attributes:
        evaluation: the scores of val and test.
        point: the operating point.
        curves: the tables named in CURVE_TABLES, as evaluation.evaluate makes them.
        rates: the rates on val by threshold; statistics.curves.threshold_table.
        subgroups: of test; summary.subgroups.subgroup_table.
        history: one row per epoch: epoch, loss, val_roc_auc, val_pr_auc.
        best_epoch: the epoch whose state was kept.
        flow: what became of the collection's lesions.
        validation: the scores of other collections.
        external: their curves by name of the table, roc_<collection> and calibration_<collection>.
    """

    evaluation: Evaluation
    point: OperatingPoint
    curves: dict[str, pd.DataFrame]
    rates: pd.DataFrame
    subgroups: pd.DataFrame
    history: pd.DataFrame
    best_epoch: int
    flow: LesionFlow
    validation: Validation
    external: dict[str, pd.DataFrame]

    def by_split(self, name: str) -> dict[str, pd.DataFrame]:
        """Return the tables of one curve by split."""
        return {split: self.curves[f"{name}_{split}"] for split in PREDICTED}


def draw(results: ResultsToDraw) -> dict[str, Figure]:
    """Draw the results; val and test share a chart.

    Returns:
        Figures named roc, precision_recall, calibration, distribution, decision, history,
        confusion_matrix (at evaluate.threshold), operating_point, operating_point_roc, subgroups,
        flow; and external, if there are other collections.
    """
    scores = {"val": results.evaluation.val, "test": results.evaluation.test}
    roc_aucs = {split: values.roc_auc for split, values in scores.items()}
    pr_aucs = {split: values.pr_auc for split, values in scores.items()}
    decisions = {split: values.at_threshold.model_dump() for split, values in scores.items()}
    prevalence = scores["test"].malignant / scores["test"].images
    rates = {"val": results.point.val.model_dump(), "test": results.point.test.model_dump()}
    calibrated = results.curves["calibrated_test"]
    return {
        "roc": roc_chart(results.by_split("roc"), roc_aucs),
        "precision_recall": pr_chart(results.by_split("pr"), pr_aucs, prevalence),
        "calibration": calibration_chart(results.by_split("calibration"), calibrated),
        "distribution": distribution_chart(results.by_split("distribution")),
        "decision": decision_chart(results.by_split("decision")),
        "history": history_chart(results.history, results.best_epoch),
        "confusion_matrix": confusion_chart(decisions, scores["test"].at_threshold.threshold),
        "operating_point": threshold_chart(results.rates, results.point.threshold),
        "operating_point_roc": operating_roc_chart(results.by_split("roc"), rates),
        "subgroups": forest_chart(results.subgroups, SUBGROUPS_TITLE),
        "flow": flow_chart(results.flow, results.validation),
        **_external(results),
    }


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

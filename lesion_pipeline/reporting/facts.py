"""All that the report tells."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.explanation.results import LesionFocus
from lesion_pipeline.leakage.results import AuditSummary
from lesion_pipeline.scores.flow import LesionFlow
from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Validation


@dataclass(frozen=True)
class SplitTables:
    """Tables of val or test, of the stage summary.

    Attributes:
        clinical: what a physician asks first; summary.clinical.clinical_table.
        subgroups: summary.subgroups.subgroup_table.
    """

    clinical: pd.DataFrame
    subgroups: pd.DataFrame


@dataclass(frozen=True)
class ReportFacts:
    """What the stages before found.

    Attributes:
        manifest: of the bundle.
        flow: what became of the collection's lesions.
        validation: the scores of other collections.
        audit: of images that look alike.
        focus: how much of the evidence lies on the lesion.
        documents: Markdown of the stage summary: `cohort` (Table 1) and `headline`.
        val: tables of the split that everything was chosen on.
        test: tables of the split for reporting.
        prevalence: predictive values of val and test; summary.prevalence.prevalence_table.
        mistakes: of test; summary.mistakes.mistakes_table.
        policies: the threshold of each policy; threshold.tune_threshold.policies_table.
        examples: the explained images; explanation.explain.Examples.table.
        history: one row per epoch.
        params: the text of params.yaml.
        hashes: of what the report was made from, by path; DVC's MD5.
        pictures: folder of charts and pictures, <stage>/<figure>.
    """

    manifest: BundleManifest
    flow: LesionFlow
    validation: Validation
    audit: AuditSummary
    focus: LesionFocus
    documents: dict[str, str]
    val: SplitTables
    test: SplitTables
    prevalence: pd.DataFrame
    mistakes: pd.DataFrame
    policies: pd.DataFrame
    examples: pd.DataFrame
    history: pd.DataFrame
    params: str
    hashes: dict[str, str]
    pictures: Path

    @property
    def evaluation(self) -> Evaluation:
        """The scores of val and test that need no threshold."""
        return self.manifest.evaluation

    @property
    def point(self) -> OperatingPoint:
        """The threshold and its rates."""
        return self.manifest.operating_point

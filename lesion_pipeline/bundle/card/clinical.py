"""The first section of the model card: which cancers are found, and what the figures hide."""

from typing import Final

import pandas as pd

from lesion_pipeline.bundle.card.cells import rate_of, table
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.scores.results import Evaluation

_OTHERS: Final = {
    "specificity_histology": "benign lesions with histology that are called benign",
    "specificity_no_histology": "benign lesions without histology that are called benign",
    "roc_auc_histology": "ROC-AUC among lesions with histology",
    "pr_auc_histology": "PR-AUC among lesions with histology",
    "roc_auc_melanoma": "ROC-AUC, melanoma against all others",
    "pr_auc_melanoma": "PR-AUC, melanoma against all others",
    "roc_auc_akiec_benign": "ROC-AUC with actinic keratosis as benign",
    "pr_auc_akiec_benign": "PR-AUC with actinic keratosis as benign",
}
SHORTCUT: Final = (
    "Lesions without histology were judged benign without a biopsy: they are the easy ones, and "
    "often come from other clinics and devices than the malignant ones, which a network can learn "
    "instead of the disease. The rows with histology are nearer to what a biopsy decides on."
)
NOTHING: Final = (
    "The collection has no diagnoses, and doesn't tell which lesions were confirmed by histology. "
    "So it isn't known which cancers are found, nor how hard the benign lesions were."
)


def clinical_section(clinical: pd.DataFrame, evaluation: Evaluation) -> str:
    """Return the figures of test that come before all others."""
    known = clinical[clinical["value"].notna()].to_dict("records")
    rows = [
        (figure_name(row["figure"]), rate_of(row, "value"), row["images"], row["lesions"])
        for row in known
    ]
    columns = ("", "value (95 % interval)", "images", "lesions")
    histology = any(row["figure"].startswith("specificity") for row in known)
    shortcut = SHORTCUT if histology else None
    parts = [table(columns, rows) if rows else NOTHING, shortcut, evaluation.warning()]
    return "\n\n".join(filter(None, parts))


def figure_name(figure: str) -> str:
    """Return what a figure of summary.clinical is called, for people."""
    dx = figure.removeprefix("sensitivity_")
    return f"{DIAGNOSES[dx]}: found" if dx in DIAGNOSES else _OTHERS[figure]

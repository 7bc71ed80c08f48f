import pandas as pd

from lesion_pipeline.bundle.card.clinical import clinical_section
from lesion_pipeline.scores.results import Evaluation

TABLE = pd.DataFrame(
    [
        ("sensitivity_akiec", None, None, None, 0, 0),
        ("sensitivity_mel", 0.8125, 0.7, 0.9, 48, 31),
        ("specificity_no_histology", 0.995, 0.98, 1.0, 400, 300),
        ("roc_auc_akiec_benign", 0.9, 0.85, 0.95, 448, 331),
    ],
    columns=["figure", "value", "value_low", "value_high", "images", "lesions"],
)


class Warned(Evaluation):
    def warning(self) -> str:
        return "Few malignant lesions"


def test_each_figure_that_is_known_has_a_row() -> None:
    text = clinical_section(TABLE, Warned.model_construct())
    lines = text.splitlines()
    assert lines[2:5] == [
        "| melanoma: found | 0.812 (0.700-0.900) | 48 | 31 |",
        "| benign lesions without histology that are called benign | 0.995 (0.980-1.000) "
        "| 400 | 300 |",
        "| ROC-AUC with actinic keratosis as benign | 0.900 (0.850-0.950) | 448 | 331 |",
    ]
    assert "without a biopsy" in text and lines[-1] == "Few malignant lesions"


def test_without_diagnoses_and_histology_that_is_told() -> None:
    unknown = TABLE.assign(value=None)
    text = clinical_section(unknown, Warned.model_construct())
    assert text.startswith("The collection has no diagnoses, and doesn't tell")
    assert "|" not in text and "without a biopsy" not in text

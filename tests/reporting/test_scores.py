from dataclasses import replace

import pandas as pd

from lesion_pipeline.reporting.facts import ReportFacts, SplitTables
from lesion_pipeline.reporting.scores import calibration, figures
from lesion_pipeline.scores.results import Accuracies
from lesion_pipeline.text_table import with_interval


def words(blocks: tuple[object, ...]) -> str:
    return "\n".join(block for block in blocks if isinstance(block, str))


def clinical(**values: float | None) -> pd.DataFrame:
    rows = [
        {"figure": name, "value": value, "value_low": 0.25, "value_high": 1.0, "images": 3,
         "lesions": 2}
        for name, value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"value": "float64"})


def test_what_a_physician_asks_val_before_test(facts: ReportFacts) -> None:
    val = SplitTables(clinical(sensitivity_mel=0.5, sensitivity_bcc=None), facts.val.subgroups)
    test = SplitTables(clinical(sensitivity_mel=0.75, sensitivity_bcc=None), facts.test.subgroups)
    shown = words(figures(replace(facts, val=val, test=test)).blocks)
    assert "| melanoma: found | 0.500 (0.250-1.000) | 2 | 0.750 (0.250-1.000) | 2 |" in shown
    assert "basal" not in shown  # not known on either
    assert "judged benign without a biopsy" not in shown  # no row on histology


def test_without_diagnoses_that_is_said(facts: ReportFacts) -> None:
    nothing = SplitTables(clinical(sensitivity_mel=None), facts.val.subgroups)
    shown = words(figures(replace(facts, val=nothing, test=nothing)).blocks)
    assert "it isn't known which cancers are found" in shown


def test_what_the_table_alone_predicts(facts: ReportFacts) -> None:
    shown = words(figures(facts).blocks)
    val, test = (
        with_interval(scores.roc_auc, scores.roc_auc_interval)
        for scores in (facts.evaluation.val, facts.evaluation.test)
    )
    assert val != test
    assert f"| the network, from the image | {val} | {test} |" in shown
    assert "| age, sex and site | " in shown
    assert "The seven diagnoses" not in shown  # the network predicts malignant or not


def test_a_network_of_diagnoses(facts: ReportFacts) -> None:
    found = Accuracies(
        accuracy=0.5, accuracy_interval=(0.25, 0.75), balanced_accuracy=0.5,
        balanced_accuracy_interval=(0.25, 0.75),
    )  # fmt: skip
    val = facts.evaluation.val.model_copy(update={"diagnoses": found})
    evaluation = facts.evaluation.model_copy(update={"val": val})
    manifest = facts.manifest.model_copy(update={"evaluation": evaluation})
    chapter = figures(replace(facts, manifest=manifest))
    assert "| most probable, val | 0.500 (0.250 to 0.750) |" in words(chapter.blocks)
    shown = [each for block in chapter.blocks if isinstance(block, tuple) for each in block]
    assert [each.name for each in shown][-2:] == [
        "draw/confusion_diagnoses_val", "draw/confusion_diagnoses_test",
    ]  # fmt: skip


def test_calibration_on_val_comes_first(facts: ReportFacts) -> None:
    first, second = calibration(facts).blocks[:2]
    assert f"a calibration error of {facts.evaluation.val.calibration_error:.3f}" in str(first)
    assert "On test:" in str(second)

from dataclasses import replace

from lesion_pipeline.explanation.results import LesionFocus
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.looks import explanations


def test_where_the_evidence_is_and_which_case_has_no_image(facts: ReportFacts) -> None:
    known, _, pictures, left = explanations(facts).blocks
    assert "of the evidence 50.0% lies inside the lesion, which takes 25.0%" in str(known)
    assert [each.name for each in pictures if not isinstance(each, str)] == [
        "explain/true_positive"
    ]
    assert left == (
        "There are none on test of: malignant lesions that it missed; benign lesions that it "
        "called malignant; benign lesions that it called benign."
    )


def test_without_masks_nothing_is_claimed(facts: ReportFacts) -> None:
    focus = LesionFocus(images=0, evidence_inside=None, lesion_area=None)
    assert "isn't known" in str(explanations(replace(facts, focus=focus)).blocks[0])

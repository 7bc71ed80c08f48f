from dataclasses import replace
from pathlib import Path

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


def test_pictures_that_are_not_drawn_are_explained(facts: ReportFacts, tmp_path: Path) -> None:
    assert "For each image" in str(explanations(facts).blocks[1])
    assert "may show patients" in str(explanations(replace(facts, pictures=tmp_path)).blocks[1])

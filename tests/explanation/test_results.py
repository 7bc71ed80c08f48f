from lesion_pipeline.explanation.results import LesionFocus


def test_the_focus_in_words() -> None:
    focus = LesionFocus(images=50, evidence_inside=0.24276, lesion_area=0.19762)
    assert str(focus) == (
        "of the evidence 24.3% lies inside the lesion, which takes 19.8% of an image "
        "(50 images of val)"
    )
    nothing = LesionFocus(images=0, evidence_inside=None, lesion_area=None)
    assert str(nothing) == "no image has a mask of its lesion"

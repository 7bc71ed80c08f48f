"""The chapter on explanations: where the network looks."""

from typing import Final

from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.page import Chapter
from lesion_pipeline.reporting.pictures import Shown, drawn

_CASES: Final = {
    "true_positive": "Malignant lesions that it found.",
    "false_negative": "Malignant lesions that it missed.",
    "false_positive": "Benign lesions that it called malignant.",
    "true_negative": "Benign lesions that it called benign.",
}
_MEANING: Final = (
    "For each image: the image, the evidence for malignant over it, and the saliency: how much "
    "each pixel changes the probability. A map tells where something counted, not why, and a "
    "plausible map is no proof that a network is right."
)
_NO_PICTURES: Final = (
    "Examples are not shown, as images of the collection may show patients; "
    "`pictures.real_images=true` draws them."
)


def explanations(facts: ReportFacts) -> Chapter:
    """Return examples of each case, and how much of the evidence lies on the lesion."""
    focus = facts.focus
    known = (
        f"On val, {focus}. Evidence spread evenly over an image would have the second fraction "
        "inside; more means that the network looks at the lesion."
        if focus.images
        else "How much of the evidence lies on the lesion isn't known: no image has a mask of it."
    )
    pictures = tuple(
        Shown(f"explain/{case}", _alt(facts, case), caption, wide=True)
        for case, caption in _CASES.items()
        if (facts.examples["case"] == case).any()
    )
    none = [name for name in _CASES if not (facts.examples["case"] == name).any()]
    missing = "; ".join(_CASES[name].rstrip(".").lower() for name in none)
    left = f"There are none on test of: {missing}." if none else ""
    shown = any(drawn(facts.pictures, each.name) for each in pictures)
    meaning = _MEANING if shown else _NO_PICTURES
    return Chapter("explanations", "Explanations", (known, meaning, pictures, left))


def _alt(facts: ReportFacts, case: str) -> str:
    rows = facts.examples[facts.examples["case"] == case].to_dict("records")
    shown = ", ".join(f"{row['image_id']} ({row['dx']}, {row['probability']:.3g})" for row in rows)
    return f"Image, evidence and saliency of {shown}: diagnosis and probability in brackets."

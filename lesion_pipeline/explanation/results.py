"""What the explanations of a network show, as a type."""

from pydantic import Field

from lesion_pipeline.core.results import Count, Fraction, Result, is_none


class LesionFocus(Result):
    """How much of the evidence for malignancy lies on the lesion, in images of val.

    Attributes:
        images: how many have a mask of their lesion; the others don't count.
        evidence_inside: the mean fraction of an image's evidence inside its lesion.
        lesion_area: the mean fraction of an image that is lesion: what evidence spread evenly
            over the image would have inside. Both are None without images.
        reason: why nothing was computed, if there are no maps.
    """

    images: Count
    evidence_inside: Fraction | None
    lesion_area: Fraction | None
    reason: str | None = Field(default=None, exclude_if=is_none)

    def __str__(self) -> str:
        """Return a line for people."""
        if self.evidence_inside is None or self.lesion_area is None:
            return self.reason or "no image has a mask of its lesion"
        return (
            f"of the evidence {self.evidence_inside:.1%} lies inside the lesion, which takes "
            f"{self.lesion_area:.1%} of an image ({self.images} images of val)"
        )

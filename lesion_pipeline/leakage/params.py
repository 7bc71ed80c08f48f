"""Section `audit`: when two images count as looking alike."""

from typing import Final

from pydantic import Field

from lesion_pipeline.core.params import Section

HASH_SIDE: Final = 16  # a perceptual hash keeps 16 x 16 frequencies
HASH_BITS: Final = HASH_SIDE**2 - 1  # frequency 0 is the mean, which tells nothing of shape


class AuditParams(Section):
    """When two images count as looking alike.

    Attributes:
        hash_distance: the largest number of bits of the perceptual hashes that may differ.
        similarity: the smallest cosine of the whitened features.
    """

    hash_distance: int = Field(ge=0, le=HASH_BITS)
    similarity: float = Field(gt=0, le=1)

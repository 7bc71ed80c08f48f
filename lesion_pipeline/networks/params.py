"""What section `model` of params.yaml says: which network, and what it is asked."""

from pydantic import Field

from lesion_pipeline.core.params import Section
from lesion_pipeline.inference.tta import Views
from lesion_pipeline.training.objective import Target


class ModelParams(Section):
    """Which network, where its weights come from, and what it is asked."""

    arch: str  # one of ARCHITECTURES, which says so when it isn't
    weights: str = Field(min_length=1)  # bundled, imagenet, random, or a file
    target: Target
    views: Views
    seed: int = Field(ge=0, lt=2**32)

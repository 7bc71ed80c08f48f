"""Section `model`: which network, and where its weights come from."""

from typing import Annotated, Literal

from pydantic import Field

from lesion_pipeline.core.kernels import Kernels
from lesion_pipeline.core.params import Section

# A number counts the network's stages from the image on; the frozen part ends with that stage.
Cut = Literal["top", "input"] | Annotated[int, Field(ge=1)]
# Which features the head sees: of the last map, or of every stage.
Features = Literal["last", "multilevel"]


class ModelParams(Section):
    """Architecture, weights before training, the seed of a random initialisation, kernels.

    `kernels` holds for all stages: stages/__init__.py chooses them before a stage is imported.
    """

    arch: str  # one of ARCHITECTURES; `backbone` names them if it isn't
    weights: str = Field(min_length=1)  # auto, imagenet, random, or a file
    seed: int = Field(ge=0, lt=2**32)
    kernels: Kernels

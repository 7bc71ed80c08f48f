"""Section `validate`."""

from pydantic import Field

from lesion_pipeline.core.params import Section


class ValidateParams(Section):
    """How the network is scored on other collections.

    Attributes:
        labelled_images: how many labelled images of a collection are taken, in turn, to choose a
            threshold and to correct probabilities there.
        seed: of the order in which lesions are taken.
    """

    labelled_images: int = Field(ge=20)
    seed: int = Field(ge=0)

"""What is known about the predictions."""

from typing import Final

from lesion_pipeline.core.labels import LesionRule
from lesion_pipeline.core.results import Result
from lesion_pipeline.inference.params import Copies

PREDICTION_MANIFEST: Final = "manifest.json"


class PredictionManifest(Result):
    """How `predict` made its tables.

    Attributes:
        tta: copies of each image whose predictions were averaged.
        lesions: how a lesion with several images is predicted from them.
        unreadable: by collection in data/external, the images that could not be read, and why.
    """

    tta: Copies
    lesions: LesionRule
    unreadable: dict[str, dict[str, str]]

"""What is known about the predictions."""

from lesion_pipeline.core.results import Result
from lesion_pipeline.inference.params import Copies


class PredictionManifest(Result):
    """How `predict` made its tables.

    Attributes:
        tta: copies of each image whose predictions were averaged.
    """

    tta: Copies

"""How far probabilities are from frequencies."""

from lesion_pipeline.score.curves import calibration_table
from lesion_pipeline.score.metrics import Labels, Probabilities


def calibration_error(labels: Labels, probabilities: Probabilities, bins: int) -> float:
    """Give the expected calibration error: how far predicted and observed frequency lie apart.

    The mean over images of the distance |predicted - observed| in the image's bin, in bins of
    equally many images (Naeini, Cooper and Hauskrecht 2015, AAAI, 2901-2907; Nguyen and O'Connor
    2015, arXiv:1508.05154). Chance alone keeps it above 0.

    Args:
        labels: (images,), 0 or 1, both present.
        probabilities: (images,), 0 to 1.
        bins: how many; see curves.calibration_table.

    Returns:
        0 (best) to 1.

    Raises:
        DataError: see metrics.check.
    """
    table = calibration_table(labels, probabilities, bins)
    distances = (table["predicted"] - table["observed"]).abs()
    return float((distances * table["images"]).sum() / len(labels))

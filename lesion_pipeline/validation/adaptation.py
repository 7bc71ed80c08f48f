"""What a few hundred labelled images of another collection would change, by cross-fitting there."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import LABEL
from lesion_pipeline.evaluation.calibrator import Calibrator, expit, logit
from lesion_pipeline.evaluation.logistic import shift
from lesion_pipeline.scores.params import CostParams, ThresholdParams
from lesion_pipeline.scores.results import Adaptation, OperatingPoint
from lesion_pipeline.statistics.metrics import arrays, confusion, decision_metrics
from lesion_pipeline.statistics.metrics import probability_metrics as losses
from lesion_pipeline.threshold.policies import choose
from lesion_pipeline.validation.params import ValidateParams

Members = NDArray[np.bool_]


def adapt(
    cases: pd.DataFrame, point: OperatingPoint, calibrator: Calibrator, params: ValidateParams
) -> Adaptation | None:
    """Choose a threshold and correct the probabilities on a part, score on the rest, part by part.

    The threshold is chosen by the policy that chose the one on val. The correction is one number
    that is added to the calibrated log odds: calibration in the large.

    Args:
        cases: one row per image: lesion_id, label, probability.
        point: the operating point of val.
        calibrator: fitted on val.
        params: how many labelled images are taken, and the seed of their order.

    Returns:
        Means over the parts; None if there are fewer than two, or each lacks a class.
    """
    found = []
    for part in _parts(cases, params):
        labelled, rest = cases[part], cases[~part]
        if labelled[LABEL].nunique() == rest[LABEL].nunique() == 2:
            found.append(_rates(labelled, rest, point) | _losses(labelled, rest, calibrator))
    if not found:
        return None
    means = pd.DataFrame(found).mean()
    values = {str(name): None if np.isnan(mean) else float(mean) for name, mean in means.items()}
    return Adaptation.model_validate(
        {"labelled_images": params.labelled_images, "parts": len(found), **values}
    )


def _parts(cases: pd.DataFrame, params: ValidateParams) -> Iterator[Members]:
    """Yield disjoint parts of about so many images, of whole lesions; none if there is only one."""
    lesions, of_lesion = np.unique(cases["lesion_id"].to_numpy(str), return_inverse=True)
    count = len(cases) // params.labelled_images
    place = np.random.default_rng(params.seed).permutation(len(lesions))
    part_of = place[of_lesion] * count // len(lesions)
    yield from (part_of == part for part in range(count if count > 1 else 0))


def _rates(labelled: pd.DataFrame, rest: pd.DataFrame, point: OperatingPoint) -> dict[str, float]:
    try:
        threshold = choose(*arrays(labelled), labelled["lesion_id"], policy_of(point))
    except DataError:  # too few malignant lesions for target_sensitivity_lower_bound
        return {"sensitivity": np.nan, "specificity": np.nan}
    rates = decision_metrics(confusion(*arrays(rest), threshold))
    return {name: rates[name] for name in ("sensitivity", "specificity")}


def policy_of(point: OperatingPoint) -> ThresholdParams:
    """Return the parameters of the policy that chose an operating point."""
    target: Any = point.target
    equal = CostParams(miss=1, false_alarm=1)
    return ThresholdParams(
        policy=point.policy,
        target_sensitivity=target if isinstance(target, float) else 1.0,
        cost=CostParams(**target) if isinstance(target, dict) else equal,
        fixed=point.threshold,
        report=(),
    )


def _losses(labelled: pd.DataFrame, rest: pd.DataFrame, calibrator: Calibrator) -> dict[str, float]:
    labels, probabilities = arrays(labelled)
    log_odds = logit(calibrator.apply(probabilities))
    once = np.ones((1, len(labels)), dtype=np.int64)
    added = shift(labels.astype(np.float64), log_odds, once)[0]
    labels, probabilities = arrays(rest)
    calibrated = calibrator.apply(probabilities)
    corrected = expit(logit(calibrated) + added)
    return {
        "log_loss_before": losses(labels, calibrated)["log_loss"],
        "log_loss": losses(labels, corrected)["log_loss"],
    }

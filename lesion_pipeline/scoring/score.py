"""Score labelled predictions as the stages evaluate and tune_threshold score the pipeline's own.

from lesion_pipeline.scoring.cases import read_cases
from lesion_pipeline.scoring.columns import ScoredColumns
from lesion_pipeline.scoring.score import ScoringParams, score

cases = read_cases(Path("predictions.csv"), Path("truth.csv"), ScoredColumns(lesion="lesion"))
scores = score(cases, ScoringParams(threshold=0.3))
print(scores.roc_auc, scores.roc_auc_interval)
"""

from typing import Any

from pydantic import Field

from lesion_pipeline.core.labels import LesionRule
from lesion_pipeline.core.params import Section
from lesion_pipeline.core.results import Count, Fraction
from lesion_pipeline.evaluation.calibration import calibration, calibration_error
from lesion_pipeline.evaluation.evaluate import scores_by_lesion
from lesion_pipeline.scores.results import (
    Calibration,
    DecisionRates,
    LesionScores,
    Losses,
    Ranking,
    Resamples,
)
from lesion_pipeline.scoring.cases import LabelledPredictions, Unit
from lesion_pipeline.statistics.bootstrap import losses, ranking, with_intervals
from lesion_pipeline.statistics.lesions import by_lesion
from lesion_pipeline.statistics.metrics import arrays
from lesion_pipeline.threshold.tune_threshold import decision_rates


class ScoringParams(Section):
    """How predictions are scored.

    Attributes:
        threshold: an image or lesion is called malignant when its probability is at least this;
            None: nothing is decided.
        resamples: of the clusters, for the intervals.
        calibration_bins: of the calibration error.
        lesions: the probability of a lesion with several images.
    """

    threshold: Fraction | None = None
    resamples: Resamples = Resamples(samples=2000, seed=42)
    calibration_bins: int = Field(default=10, ge=2)
    lesions: LesionRule = "mean"


class PredictionScores(Calibration, Losses, Ranking):
    """The scores of labelled predictions, by image; see scores.results for the figures.

    Attributes:
        images: number of images scored.
        malignant: number of those that are malignant.
        left_out: images without a probability, because they could not be read.
        one_sided: images left out because only one of the tables has them.
        cluster: what the intervals take as independent.
        clusters: number of those.
        resamples: which the intervals come from.
        calibration_bins: of the calibration error.
        lesions: scores by lesion; None: lesions aren't known.
        threshold: of the rates; None: nothing was decided.
        rates: of images at the threshold.
        lesion_rates: of lesions.
    """

    images: Count
    malignant: Count
    left_out: Count
    one_sided: Count
    cluster: Unit
    clusters: Count
    resamples: Resamples
    calibration_bins: Count
    lesions: LesionScores | None
    threshold: Fraction | None
    rates: DecisionRates | None
    lesion_rates: DecisionRates | None


def score(cases: LabelledPredictions, params: ScoringParams) -> PredictionScores:
    """Score labelled predictions.

    Args:
        cases: see `read_cases`.
        params: threshold, intervals and more.

    Raises:
        DataError: a class is absent, a lesion has two labels, or no resample has both classes.
    """
    table = cases.table
    labels, probabilities = arrays(table)
    estimate = (
        ranking(labels, probabilities)
        | losses(labels, probabilities)
        | calibration(labels, probabilities)
    )
    figures = with_intervals({"images": estimate}, table["cluster"], params.resamples)["images"]
    return PredictionScores.model_validate(
        {
            **figures,
            "calibration_error": calibration_error(labels, probabilities, params.calibration_bins),
            "images": len(table),
            "malignant": int(labels.sum()),
            "left_out": cases.left_out,
            "one_sided": cases.one_sided,
            "cluster": cases.cluster,
            "clusters": table["cluster"].nunique(),
            "resamples": params.resamples,
            "calibration_bins": params.calibration_bins,
            "threshold": params.threshold,
            "rates": _rates(table, params),
            **_of_lesions(cases, params),
        }
    )


def _of_lesions(cases: LabelledPredictions, params: ScoringParams) -> dict[str, Any]:
    if not cases.lesions_known:
        return {"lesions": None, "lesion_rates": None}
    lesions = by_lesion(cases.table, params.lesions)
    clusters = cases.table.groupby("lesion_id", sort=True)["cluster"].first()
    lesions = lesions.assign(cluster=clusters.to_numpy())
    return {
        "lesions": scores_by_lesion(lesions, lesions["cluster"], params.resamples),
        "lesion_rates": _rates(lesions, params),
    }


def _rates(table: Any, params: ScoringParams) -> DecisionRates | None:
    if params.threshold is None:
        return None
    return decision_rates(table, table["cluster"], params.threshold)

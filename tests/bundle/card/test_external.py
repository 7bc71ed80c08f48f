from lesion_pipeline.bundle.card.external import external_section
from lesion_pipeline.scores.results import (
    Adaptation,
    CalibratedScores,
    Evaluation,
    ExternalScores,
    SplitScores,
    Validation,
)
from tests.validation.points import POINT

CALIBRATED = CalibratedScores.model_construct(
    calibration_intercept=-0.5, calibration_intercept_interval=(-0.75, -0.25),
    calibration_slope=0.8, calibration_slope_interval=(0.5, 1.0),
)  # fmt: skip
ADAPTATION = Adaptation(
    labelled_images=300, parts=4, sensitivity=0.9, specificity=0.6, log_loss_before=0.5,
    log_loss=0.4,
)  # fmt: skip
RANKING = {
    "roc_auc": 0.8, "roc_auc_interval": (0.75, 0.85), "pr_auc": 0.5, "pr_auc_interval": (0.4, 0.6),
}  # fmt: skip
EVALUATION = Evaluation.model_construct(
    test=SplitScores.model_construct(images=20, malignant=5, calibrated=CALIBRATED, **RANKING)
)


def scores(adaptation: Adaptation | None) -> ExternalScores:
    return ExternalScores.model_construct(
        images=1000, malignant=200, calibrated=CALIBRATED, rates=POINT.test,
        adaptation=adaptation, **RANKING,
    )  # fmt: skip


def section(**collections: ExternalScores) -> str:
    return external_section(Validation.model_construct(collections=collections), EVALUATION, POINT)


def test_without_other_collections_that_is_told() -> None:
    assert section().startswith("The network was not tried on any other collection.")


def test_each_collection_stands_beside_test() -> None:
    lines = section(clinic=scores(ADAPTATION), other=scores(None)).splitlines()
    assert lines[2].startswith("| test (this collection) | 20 | 5 | 0.800 (0.750 to 0.850) |")
    assert lines[3] == (
        "| clinic | 1000 | 200 | 0.800 (0.750 to 0.850) | 0.500 (0.400 to 0.600) "
        "| 1.000 (0.000-1.000) | 1.000 (0.000-1.000) | -0.500 (-0.750 to -0.250) "
        "| 0.800 (0.500 to 1.000) |"
    )
    assert lines[4].startswith("| other | 1000 |")
    assert lines[-1] == (
        "With 300 labelled images of clinic (mean of 4 parts): a threshold chosen there has a "
        "sensitivity of 0.900 and a specificity of 0.600 on the other images; a correction of the "
        "probabilities changes their log loss from 0.500 to 0.400."
    )


def test_a_policy_that_cannot_choose_is_told() -> None:
    changes = {"sensitivity": None, "specificity": None}
    text = section(clinic=scores(ADAPTATION.model_copy(update=changes)))
    assert "the policy can't choose a threshold; a correction" in text

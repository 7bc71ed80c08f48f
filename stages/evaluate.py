"""Stage evaluate: scores and curves of the predictions for val and test, and a calibrator."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, write_json, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.evaluation.evaluate import evaluate
from lesion_pipeline.inference.manifest import PREDICTION_MANIFEST, PredictionManifest
from lesion_pipeline.scores.params import EvaluateParams


def main() -> None:
    """Run the stage."""
    params = load_params("evaluate", EvaluateParams)
    val = read_csv(paths.PREDICTIONS / "val.csv", label="int64", probability="float64")
    test = read_csv(paths.PREDICTIONS / "test.csv", label="int64", probability="float64")
    collection = read_csv(paths.SPLIT, label="int64", age="float64")
    rule = PredictionManifest.read(paths.PREDICTIONS / PREDICTION_MANIFEST).lesions
    outcome = evaluate(val, test, collection, params, rule)
    write_json(paths.CALIBRATOR, outcome.calibrator.model_dump(mode="json"))
    write_tables(paths.EVALUATION, outcome.tables)
    write_tables(paths.PLOTS / "evaluate", outcome.tables)
    outcome.evaluation.write(paths.SCORES, paths.METRICS / "evaluate.json")
    print(outcome)


if __name__ == "__main__":
    run_stage(main)

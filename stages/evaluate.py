"""Stage evaluate: metrics and curves of the predictions for val and test, and a calibrator."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, read_json, write_figures, write_json, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.evaluation.evaluate import EvaluateParams, draw, evaluate


def main() -> None:
    """Run the stage."""
    params = load_params("evaluate", EvaluateParams)
    val = read_csv(paths.PREDICTIONS / "val.csv", label="int64", probability="float64")
    test = read_csv(paths.PREDICTIONS / "test.csv", label="int64", probability="float64")
    collection = read_csv(paths.SPLIT, label="int64", age="float64")
    evaluation = evaluate(val, test, collection, params)
    history = read_csv(paths.PLOTS / "train/history.csv", epoch="int64")
    trained = read_json(paths.METRICS / "train.json")
    write_tables(paths.PLOTS / "evaluate", evaluation.tables)
    write_figures(paths.PLOTS / "evaluate", draw(evaluation, history, trained["best"]["epoch"]))
    metrics = {"malignant": trained["malignant"], **evaluation.metrics}
    write_json(paths.CALIBRATOR, evaluation.calibrator.model_dump(mode="json"))
    write_json(paths.METRICS / "evaluate.json", metrics)
    print(evaluation)


if __name__ == "__main__":
    run_stage(main)

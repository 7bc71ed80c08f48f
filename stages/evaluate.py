"""Stage evaluate: probabilities, metrics and curves for val and test."""

from lesion_pipeline import paths
from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.files import read_csv, write_figures, write_json, write_tables
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.network import Network
from lesion_pipeline.model.predict import predict_splits
from lesion_pipeline.parallel import cores
from lesion_pipeline.params import load_params
from lesion_pipeline.score.evaluate import EvaluateParams, draw, evaluate
from lesion_pipeline.stage import run_stage


def main() -> None:
    """Run the stage."""
    params = load_params("evaluate", EvaluateParams)
    network, records = Network.load(paths.MODEL), Records(paths.RECORDS)
    predictions = predict_splits(network, records, Embeddings(paths.EMBEDDINGS), cores())
    evaluation = evaluate(predictions, params)
    history = read_csv(paths.PLOTS / "train/history.csv", epoch="int64")
    write_tables(paths.PREDICTIONS, predictions)
    write_tables(paths.PLOTS / "evaluate", evaluation.tables)
    write_figures(paths.PLOTS / "evaluate", draw(evaluation, history, network.kept_epoch))
    write_json(paths.METRICS / "evaluate.json", evaluation.metrics)
    print(evaluation)


if __name__ == "__main__":
    run_stage(main)

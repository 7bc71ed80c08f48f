"""Stage predict: what the network says of val and test."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import write_tables
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.networks.network import Network
from lesion_pipeline.parallel import cores
from lesion_pipeline.records.tfrecords import Records


def main() -> None:
    """Run the stage."""
    network, records = Network.load(paths.MODEL), Records(paths.RECORDS)
    predictions = predict(network, records, Embeddings(paths.EMBEDDINGS), cores())
    write_tables(paths.PREDICTIONS, predictions)
    print(f"images predicted: { ({split: len(table) for split, table in predictions.items()}) }")


if __name__ == "__main__":
    run_stage(main)

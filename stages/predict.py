"""Stage predict: the network's probabilities for val, test and other collections."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.external import predict_all_external
from lesion_pipeline.inference.manifest import PREDICTION_MANIFEST, PredictionManifest
from lesion_pipeline.inference.params import PredictParams
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records


def main() -> None:
    """Run the stage."""
    params = load_params("predict", PredictParams)
    network, records = TrainedNetwork.load(paths.MODEL), Records(paths.RECORDS)
    embeddings = EmbeddingStore(paths.EMBEDDINGS)
    tables = predict(network, records, embeddings, params.tta, cores())
    others = predict_all_external(network, paths.EXTERNAL, records.manifest, params.tta, cores())
    tables |= {f"external/{name}": found.table for name, found in others.items()}
    write_tables(paths.PREDICTIONS, tables)
    manifest = PredictionManifest(
        tta=params.tta,
        lesions=params.lesions,
        unreadable={name: found.unreadable for name, found in others.items()},
    )
    manifest.write(paths.PREDICTIONS / PREDICTION_MANIFEST)
    counts = ", ".join(f"{len(table)} of {split}" for split, table in tables.items())
    print(f"images predicted: {counts}")


if __name__ == "__main__":
    run_stage(main)

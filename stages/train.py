"""Stage train: what follows the cut, then the last layers of the network on images."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import whole_folder, write_csv, write_json, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.history import history_tables
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.train import train


def main() -> None:
    """Run the stage."""
    params = load_params("train", TrainParams)
    backbone, records = Network.load(paths.BACKBONE), Records(paths.RECORDS)
    plan = Plan(backbone, EmbeddingStore(paths.EMBEDDINGS), records, params)
    checkpoint = Checkpoint(paths.UNFINISHED / plan.resume_key())
    network, history = train(plan, paths.LOGS / "tensorboard", checkpoint)
    with whole_folder(paths.MODEL) as folder:
        network.save(folder)
        write_csv(folder / paths.HISTORY.name, history)
    write_tables(paths.PLOTS / "train", history_tables(history))
    write_json(paths.METRICS / "train.json", network.manifest.report())
    checkpoint.clear()
    print(f"{network.manifest.outcome()}; curves: tensorboard --logdir {paths.LOGS}")


if __name__ == "__main__":
    run_stage(main)

"""Stage train: what follows the cut, then the last layers on images if asked."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import whole_folder, write_csv, write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.train import Plan, TrainParams, train


def main() -> None:
    """Run the stage."""
    params, asked = load_params("train", TrainParams), load_params("model", ModelParams)
    backbone, records = Network.load(paths.BACKBONE), Records(paths.RECORDS)
    plan = Plan(backbone, Embeddings(paths.EMBEDDINGS), records, asked.target, params, asked.views)
    checkpoint = Checkpoint(paths.UNFINISHED / plan.fingerprint())
    network, history = train(plan, paths.LOGS / "tensorboard", checkpoint)
    with whole_folder(paths.MODEL) as folder:
        network.save(folder)
    write_csv(paths.PLOTS / "train/history.csv", history)
    write_json(paths.METRICS / "train.json", network.trained())
    checkpoint.clear()
    print(f"best on val: {network.manifest['best']}; see: tensorboard --logdir {paths.LOGS}")


if __name__ == "__main__":
    run_stage(main)

"""Stage train: what follows the cut, then the last layers on images if asked."""

from lesion_pipeline import paths
from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.files import whole_folder, write_csv, write_json
from lesion_pipeline.model.checkpoint import Checkpoint
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.model import ModelParams
from lesion_pipeline.model.network import Network
from lesion_pipeline.model.train import Plan, TrainParams, train
from lesion_pipeline.params import load_params
from lesion_pipeline.stage import run_stage


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

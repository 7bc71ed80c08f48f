"""Stage train: the head on features, then the last layers on images if asked."""

from lesion_pipeline import paths
from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.files import whole_folder, write_csv, write_json
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.network import Network
from lesion_pipeline.model.train import Sources, TrainParams, train
from lesion_pipeline.params import load_params
from lesion_pipeline.stage import run_stage


def main() -> None:
    """Run the stage."""
    params = load_params("train", TrainParams)
    backbone, records = Network.load(paths.BACKBONE), Records(paths.RECORDS)
    sources = Sources(backbone, Embeddings(paths.EMBEDDINGS), records)
    network, history = train(sources, params, paths.LOGS / "tensorboard")
    with whole_folder(paths.MODEL) as target:
        network.save(target)
    write_csv(paths.PLOTS / "train/history.csv", history)
    write_json(paths.METRICS / "train.json", network.trained())
    print(f"best on val: {network.manifest['best']}; see: tensorboard --logdir {paths.LOGS}")


if __name__ == "__main__":
    run_stage(main)

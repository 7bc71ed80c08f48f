"""Stage backbone: the headless network and its weights."""

from lesion_pipeline import paths
from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.files import whole_folder
from lesion_pipeline.model.backbone import backbone
from lesion_pipeline.model.model import ModelParams
from lesion_pipeline.params import load_params
from lesion_pipeline.stage import run_stage


def main() -> None:
    """Run the stage."""
    params = load_params("model", ModelParams)
    network = backbone(params, Records(paths.RECORDS).size)
    with whole_folder(paths.BACKBONE) as target:
        network.save(target)
    weights = network.manifest["weights"]
    print(f"{params.arch}, weights: {weights['origin']} ({weights['source']})")


if __name__ == "__main__":
    run_stage(main)

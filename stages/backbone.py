"""Stage backbone: the headless network and its weights."""

from lesion_pipeline import paths
from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.core.files import whole_folder
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.records.tfrecords import Records


def main() -> None:
    """Run the stage."""
    params = load_params("model", ModelParams)
    network = backbone(params, Records(paths.RECORDS).size)
    with whole_folder(paths.BACKBONE) as target:
        network.save(target)
    weights = network.manifest.weights
    print(f"{params.arch}, weights: {weights.origin} ({weights.source})")


if __name__ == "__main__":
    run_stage(main)

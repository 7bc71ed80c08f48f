"""Stage embed: what the frozen network says of each image and its views."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import whole_folder
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.embedding.embed import EmbedParams, embed
from lesion_pipeline.networks.network import Network
from lesion_pipeline.parallel import cores
from lesion_pipeline.records.tfrecords import Records


def main() -> None:
    """Run the stage."""
    params = load_params("embed", EmbedParams)
    network, records = Network.load(paths.BACKBONE), Records(paths.RECORDS)
    with whole_folder(paths.EMBEDDINGS) as target:
        manifest = embed(network, records, target, params, cores())
    shape = "x".join(map(str, manifest["shape"])) or "nothing"
    print(f"cut: {manifest['cut']}, stored {shape} an image, {manifest['views']} augmented views")


if __name__ == "__main__":
    run_stage(main)

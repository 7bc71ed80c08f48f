"""Stage embed: the outputs of the frozen network for each image and its augmented copies."""

from lesion_pipeline import paths
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.disk import check_room
from lesion_pipeline.embedding.embed import embed
from lesion_pipeline.embedding.size import embeddings_bytes
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.resume import resume_key, resumed_folder


def main() -> None:
    """Run the stage."""
    params = load_params("embed", EmbedParams)
    network, records = Network.load(paths.BACKBONE), Records(paths.RECORDS)
    key = resume_key([params, repr(network.manifest)], (paths.BACKBONE, paths.RECORDS))
    needed = embeddings_bytes(network, records.counts(), params)
    with resumed_folder(paths.EMBEDDINGS, key) as target:
        print(check_room(target, needed, "Embeddings"))
        stored = embed(network, records, target, params, cores())
    print(stored)


if __name__ == "__main__":
    run_stage(main)

"""Stage embed: the outputs of the frozen network for each image and its augmented copies."""

import sys
from collections.abc import Sequence

from lesion_pipeline import paths
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.disk import check_room
from lesion_pipeline.embedding.embed import embed
from lesion_pipeline.embedding.piece import network_at
from lesion_pipeline.embedding.size import room_needed
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.resume import resume_key
from lesion_pipeline.shards.chosen import chosen_execution
from lesion_pipeline.shards.folder import shard_folder


def main(arguments: Sequence[str] = ()) -> None:
    """Run the stage, or with `--shard i/n` a part of it (docs/scale.md)."""
    params, execution = load_params("embed", EmbedParams), chosen_execution(arguments)
    network = network_at(paths.BACKBONE.absolute())
    needed = room_needed(network, RecordIndex(paths.RECORDS).counts(), params)
    key = resume_key([params, repr(network.manifest)], (paths.BACKBONE, paths.RECORDS))
    with shard_folder(paths.EMBEDDINGS, key, execution) as target:
        print(check_room(target, needed, "Embeddings"))
        stored = embed(paths.BACKBONE, paths.RECORDS, target, params, execution)
    print(stored)


if __name__ == "__main__":
    run_stage(lambda: main(sys.argv[1:]))

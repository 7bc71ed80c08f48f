"""Stage preprocess: decode each image once, into TFRecords."""

import sys
from collections.abc import Sequence

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.disk import check_room
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.preprocessing.preprocess import preprocess
from lesion_pipeline.preprocessing.size import records_bytes
from lesion_pipeline.resume import resume_key
from lesion_pipeline.shards.chosen import chosen_execution
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.splitting.summary import SplitSummary


def main(arguments: Sequence[str] = ()) -> None:
    """Run the stage, or with `--shard i/n` a part of it (docs/scale.md)."""
    params, execution = load_params("preprocess", PreprocessParams), chosen_execution(arguments)
    types = {"image_id": "str", "lesion_id": "str", "dx": "str", "split": "str", "label": "int64"}
    table = read_csv(paths.SPLIT, **types)
    malignant = SplitSummary.read(paths.SPLIT_SUMMARY).malignant
    key = resume_key([params], (paths.IMAGES, paths.SPLIT.parent))
    with shard_folder(paths.RECORDS, key, execution) as target:
        print(check_room(target, records_bytes(table, paths.IMAGES, params), "Records"))
        manifest = preprocess(table, malignant, paths.IMAGES, target, params, execution)
    write_json(paths.METRICS / "preprocess.json", manifest.metrics())
    print(f"{manifest.images} images decoded, {len(manifest.bad)} bad")


if __name__ == "__main__":
    run_stage(lambda: main(sys.argv[1:]))

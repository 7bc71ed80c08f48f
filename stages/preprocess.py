"""Stage preprocess: decode each image once, into TFRecords."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, whole_folder, write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.disk import check_room
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.preprocessing.preprocess import preprocess
from lesion_pipeline.preprocessing.size import records_bytes
from lesion_pipeline.splitting.summary import SplitSummary


def main() -> None:
    """Run the stage."""
    params = load_params("preprocess", PreprocessParams)
    types = {"image_id": "str", "lesion_id": "str", "dx": "str", "split": "str", "label": "int64"}
    table = read_csv(paths.SPLIT, **types)
    malignant = SplitSummary.read(paths.SPLIT_SUMMARY).malignant
    with whole_folder(paths.RECORDS) as target:
        print(check_room(target, records_bytes(table, paths.IMAGES, params), "Records"))
        manifest = preprocess(table, malignant, paths.IMAGES, target, params, cores())
    write_json(paths.METRICS / "preprocess.json", manifest.metrics())
    print(f"{manifest.images} images decoded, {len(manifest.bad)} bad")


if __name__ == "__main__":
    run_stage(main)

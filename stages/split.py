"""Stage split: train, val and test by lesion."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import whole_folder, write_csv, write_json, write_tables
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.sources.collection import Collection
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.splitting.split import describe_split, split, split_folds
from lesion_pipeline.splitting.user_split import read_user_split
from lesion_pipeline.tables.metadata import read_metadata
from lesion_pipeline.tables.offenders import whole_lists


def main() -> None:
    """Run the stage."""
    params = load_params("split", SplitParams)
    metadata = read_metadata(paths.METADATA)
    user_split = read_user_split(paths.SPLITS, params.file, params.same_lesion_pairs)
    malignant = Collection.read(paths.COLLECTION).malignant
    with whole_lists(paths.LOGS / "split.txt"):
        table = split(metadata, params, user_split, malignant)
    folds = split_folds(metadata, params, user_split, malignant)
    summary = describe_split(metadata, table, params, user_split, malignant)
    with whole_folder(paths.SPLIT.parent) as target:
        write_csv(target / paths.SPLIT.name, table)
        write_tables(target, folds)
        summary.write(target / paths.SPLIT_SUMMARY.name)
    write_json(paths.METRICS / "split.json", summary.metrics())
    counts = table["split"].value_counts()
    print("images: " + ", ".join(f"{counts[split]} {split}" for split in SPLITS))


if __name__ == "__main__":
    run_stage(main)

"""Stage split: train, val and test by lesion."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_json, whole_folder, write_csv, write_json, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.splitting.split import (
    SplitParams,
    describe_merging,
    describe_split,
    split,
    split_folds,
)
from lesion_pipeline.tables.metadata import read_metadata
from lesion_pipeline.tables.user_split import read_given


def main() -> None:
    """Run the stage."""
    params = load_params("split", SplitParams)
    metadata = read_metadata(paths.METADATA)
    given = read_given(paths.SPLITS, params.file, params.same_lesion_pairs)
    malignant = read_json(paths.METRICS / "fetch.json")["malignant"]
    table = split(metadata, params, given, malignant)
    folds = split_folds(metadata, params, given, malignant)
    summary = describe_split(table, params)
    with whole_folder(paths.SPLIT.parent) as target:
        write_csv(target / paths.SPLIT.name, table)
        write_tables(target, folds)
        write_json(target / paths.SPLIT_METADATA.name, summary)
    figures = {key: summary[key] for key in ("counts", "positive_weight")}
    figures["malignant"] = malignant
    figures["merged"] = describe_merging(metadata, table, given)
    write_json(paths.METRICS / "split.json", figures)
    print(f"images by split: {table['split'].value_counts().to_dict()}")


if __name__ == "__main__":
    run_stage(main)

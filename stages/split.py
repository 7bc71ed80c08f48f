"""Stage split: train, val and test by lesion."""

from lesion_pipeline import paths
from lesion_pipeline.data.metadata import read_metadata
from lesion_pipeline.data.split import SplitParams, describe_split, split
from lesion_pipeline.files import write_csv, write_json
from lesion_pipeline.params import load_params
from lesion_pipeline.stage import run_stage


def main() -> None:
    """Run the stage."""
    params = load_params("split", SplitParams)
    metadata = read_metadata(paths.METADATA)
    table = split(metadata, params)
    summary = describe_split(table, params)
    write_csv(paths.SPLIT, table)
    write_json(paths.SPLIT_METADATA, summary)
    figures = {key: summary[key] for key in ("counts", "positive_weight")}
    write_json(paths.METRICS / "split.json", figures)
    print(f"images by split: {table['split'].value_counts().to_dict()}")


if __name__ == "__main__":
    run_stage(main)

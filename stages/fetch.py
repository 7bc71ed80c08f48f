"""Stage fetch: bring a collection to data/raw."""

from lesion_pipeline import paths
from lesion_pipeline.data.fetch import FetchParams, fetch
from lesion_pipeline.files import whole_folder, write_json
from lesion_pipeline.parallel import cores
from lesion_pipeline.params import load_params
from lesion_pipeline.stage import run_stage


def main() -> None:
    """Run the stage."""
    params = load_params("fetch", FetchParams)
    with whole_folder(paths.RAW) as target:
        summary = fetch(params, target, cores())
    write_json(paths.METRICS / "fetch.json", summary)
    print(f"{summary['images']} images of {summary['lesions']} lesions from {summary['source']}")


if __name__ == "__main__":
    run_stage(main)

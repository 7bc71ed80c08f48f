"""Stage fetch: bring a collection to data/raw, and a second one, if asked, to data/external."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import whole_folder, write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.parallel import cores
from lesion_pipeline.sources.fetch import FetchParams, Places, fetch


def main() -> None:
    """Run the stage."""
    params = load_params("fetch", FetchParams)
    with whole_folder(paths.RAW) as raw, whole_folder(paths.EXTERNAL) as external:
        summary = fetch(params, Places(raw, external, paths.DOWNLOADS), cores())
    write_json(paths.METRICS / "fetch.json", summary)
    print(f"{summary['images']} images of {summary['lesions']} lesions from {summary['source']}")


if __name__ == "__main__":
    run_stage(main)

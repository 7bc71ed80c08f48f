"""Stage fetch: bring a collection to data/raw, and a second one, if asked, to data/external."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import code_key, resumable_folder
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.parallel import cores
from lesion_pipeline.sources.fetch import FetchFolders, fetch
from lesion_pipeline.sources.params import FetchParams


def main() -> None:
    """Run the stage."""
    params = load_params("fetch", FetchParams)
    key = code_key(params)
    with (
        resumable_folder(paths.RAW, key) as raw,
        resumable_folder(paths.EXTERNAL, key) as external,
    ):
        summary = fetch(params, FetchFolders(raw, external, paths.DOWNLOADS), cores())
    summary.write(paths.METRICS / "fetch.json")
    print(f"{summary.images} images of {summary.lesions} lesions from {summary.source}")


if __name__ == "__main__":
    run_stage(main)

"""Stage fetch: bring a collection to data/raw, and others, if asked, to data/external."""

from importlib import import_module

from lesion_pipeline import paths
from lesion_pipeline.core.files import write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import SCHEMA, run_stage
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.resume import resume_key, resumed_folder
from lesion_pipeline.sources.fetch import FetchFolders, fetch
from lesion_pipeline.sources.params import FetchParams
from lesion_pipeline.tables.offenders import whole_lists


def main() -> None:
    """Run the stage."""
    params = load_params("fetch", FetchParams)
    key = resume_key([params], ())
    with (
        resumed_folder(paths.RAW, key) as raw,
        resumed_folder(paths.MASKS, key) as masks,
        resumed_folder(paths.EXTERNAL, key) as external,
    ):
        folders = FetchFolders(raw, masks, external, paths.DOWNLOADS)
        with whole_lists(paths.LOGS / "fetch.txt"):
            summary = fetch(params, folders, cores())
        import_module(SCHEMA).check_target(summary.malignant)
        # Also so that no folder stays empty, of which DVC would warn.
        write_json(external / "collections.json", {"collections": sorted(summary.external)})
        write_json(masks / "count.json", {"masks": sum(1 for _ in masks.glob("*.png"))})
    summary.write(paths.METRICS / "fetch.json")
    print(summary)


if __name__ == "__main__":
    run_stage(main)

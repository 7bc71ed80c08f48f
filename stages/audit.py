"""Stage audit: images that look alike and stand under different lesions."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_json, write_csv, write_figures, write_json
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.embedding.store import Stored
from lesion_pipeline.leakage.audit import AuditParams, audit, draw
from lesion_pipeline.parallel import cores
from lesion_pipeline.records.index import RecordIndex


def main() -> None:
    """Run the stage."""
    params = load_params("audit", AuditParams)
    records, vectors = RecordIndex(paths.RECORDS), Stored(paths.EMBEDDINGS).vectors(SPLITS)
    generated = read_json(paths.METRICS / "fetch.json")["generated"]
    pairs, figures = audit(records.whole(), paths.IMAGES, vectors, params, cores())
    write_csv(paths.PLOTS / "audit/near_duplicates.csv", pairs)
    write_figures(paths.PLOTS / "audit", draw(pairs, paths.IMAGES, generated))
    write_json(paths.METRICS / "audit.json", figures | {"malignant": records.malignant})
    print(f"pairs of lesions that look alike: {figures['pairs_of_lesions']}")


if __name__ == "__main__":
    run_stage(main)

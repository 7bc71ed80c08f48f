"""Stage audit: images that look alike but belong to different lesions or collections."""

from lesion_pipeline import paths
from lesion_pipeline.charts.handed_on import hand_on
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import write_csv
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.gallery.near_duplicates import near_duplicates
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.leakage.audit import audit, external_duplicates
from lesion_pipeline.leakage.params import AuditParams
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.sources.collection import Collection


def main() -> None:
    """Run the stage."""
    params, form = load_params("audit", AuditParams), load_params("figures", FigureParams)
    pictures = load_params("pictures", PictureParams)
    table = RecordIndex(paths.RECORDS).whole()
    vectors = EmbeddingStore(paths.EMBEDDINGS).vectors(SPLITS)
    rules = PictureRules(Collection.read(paths.COLLECTION).generated, pictures)
    plots, shown = paths.PLOTS / "audit", paths.PICTURES / "audit"
    pairs, figures = audit(table, paths.IMAGES, vectors, params, cores())
    duplicates = external_duplicates(table, paths.IMAGES, paths.EXTERNAL, params, cores())
    write_csv(paths.EXTERNAL_DUPLICATES, duplicates)
    write_csv(plots / "external_duplicates.csv", duplicates)
    write_csv(plots / "near_duplicates.csv", pairs)
    write_csv(paths.NEAR_DUPLICATES, pairs)
    closest = near_duplicates(pairs, paths.IMAGES, rules)
    rules.write(closest, plots, shown, form)
    hand_on(paths.FIGURES / "audit", closest)
    figures.write(paths.AUDITED, paths.METRICS / "audit.json")
    print(f"pairs of lesions that look alike: {figures}")


if __name__ == "__main__":
    run_stage(main)

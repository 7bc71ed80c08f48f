"""Stage validate: the network on other collections, as it was chosen on val."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.evaluation.calibrator import read_calibrator
from lesion_pipeline.inference.manifest import PREDICTION_MANIFEST, PredictionManifest
from lesion_pipeline.scores.results import Evaluation, OperatingPoint
from lesion_pipeline.sources.collection import Collection
from lesion_pipeline.summary.subgroups import Subgroups
from lesion_pipeline.summary.summary import SUBGROUPS
from lesion_pipeline.validation.params import ValidateParams
from lesion_pipeline.validation.validate import Chosen, read_external, validate


def main() -> None:
    """Run the stage."""
    params = load_params("validate", ValidateParams)
    manifest = PredictionManifest.read(paths.PREDICTIONS / PREDICTION_MANIFEST)
    duplicates = read_csv(paths.EXTERNAL_DUPLICATES, collection="str", image_id="str")
    external = paths.PREDICTIONS / "external"
    collections = read_external(external, paths.EXTERNAL, manifest, duplicates)
    chosen = Chosen(
        point=OperatingPoint.read(paths.THRESHOLD),
        calibrator=read_calibrator(paths.CALIBRATOR),
        evaluation=Evaluation.read(paths.SCORES),
        subgroups=Subgroups.read(paths.SUMMARY / SUBGROUPS),
        malignant=Collection.read(paths.COLLECTION).malignant,
        rule=manifest.lesions,
    )
    outcome = validate(collections, chosen, params)
    write_tables(paths.VALIDATION, outcome.tables)
    write_tables(paths.PLOTS / "validate", outcome.tables)
    outcome.validation.write(paths.VALIDATED, paths.METRICS / "validate.json")
    print(outcome)


if __name__ == "__main__":
    run_stage(main)

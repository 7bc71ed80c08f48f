"""Stage export: the bundle."""

from lesion_pipeline import paths
from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.export import PipelineResults, export
from lesion_pipeline.bundle.params import ExportParams
from lesion_pipeline.bundle.verify import verify
from lesion_pipeline.closing import closing_lines
from lesion_pipeline.core.files import read_csv, whole_folder, write_json, write_text
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.evaluation.calibrator import read_calibrator
from lesion_pipeline.inference.manifest import (
    PREDICTION_MANIFEST,
    PredictionManifest,
    verified_predictions,
)
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.networks.network import NETWORK, NETWORK_MANIFEST
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Validation
from lesion_pipeline.sources.collection import Collection
from lesion_pipeline.splitting.summary import SplitSummary


def main() -> None:
    """Run the stage."""
    params = load_params("export", ExportParams)
    records = Records(paths.RECORDS)
    predicted = verified_predictions(paths.PREDICTIONS)
    val = read_csv(predicted, image_id="str", lesion_id="str", dx="str")
    results = PipelineResults(
        collection=Collection.read(paths.COLLECTION),
        counts=SplitSummary.read(paths.SPLIT_SUMMARY).counts,
        records=records.manifest,
        network=NetworkManifest.read(paths.MODEL / NETWORK_MANIFEST),
        tta=PredictionManifest.read(paths.PREDICTIONS / PREDICTION_MANIFEST).tta,
        evaluation=Evaluation.read(paths.SCORES),
        calibrator=read_calibrator(paths.CALIBRATOR),
        operating_point=OperatingPoint.read(paths.THRESHOLD),
        policies=read_csv(paths.POLICIES, policy="str", threshold="float64"),
        prevalence=read_csv(paths.SUMMARY / "prevalence.csv", prevalence="float64"),
        subgroups=read_csv(paths.SUMMARY / "subgroups_test.csv", lesions="int64"),
        validation=Validation.read(paths.VALIDATED),
        clinical=read_csv(paths.SUMMARY / "clinical_test.csv", figure="str", images="int64"),
    )
    with whole_folder(paths.EXPORT) as target:
        convert(paths.MODEL / NETWORK, results.tta, records, target, params)
        formats = verify(target, params, records, val, results.operating_point.threshold)
        manifest = export(results, formats, target, params.name)
    figures = {name: found.model_dump(mode="json") for name, found in formats.items()}
    write_json(paths.METRICS / "export.json", figures)
    write_text(paths.CLOSING, closing_lines(manifest, paths.EXPORT) + "\n")
    print(f"{paths.EXPORT}: {', '.join(formats)}, verified on val")


if __name__ == "__main__":
    run_stage(main)

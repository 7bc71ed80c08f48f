"""Stage summary: what the operating point means, the main figures, and the tables of a report."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, write_csv, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.records.index import RECORD_MANIFEST
from lesion_pipeline.records.manifest import RecordManifest
from lesion_pipeline.scores.params import SummaryParams
from lesion_pipeline.scores.results import Evaluation, OperatingPoint
from lesion_pipeline.sources.collection import Collection
from lesion_pipeline.summary.cohort import cohort_document, cohort_table
from lesion_pipeline.summary.flow import FLOW, lesion_flow
from lesion_pipeline.summary.headline import headline_document
from lesion_pipeline.summary.summary import SUBGROUPS, Findings, subgroups_of, summary
from lesion_pipeline.text_table import write_captioned


def main() -> None:
    """Run the stage."""
    params = load_params("summary", SummaryParams)
    types = {"image_id": "str", "lesion_id": "str", "label": "int64", "probability": "float64"}
    val = read_csv(paths.PREDICTIONS / "val.csv", **types)
    test = read_csv(paths.PREDICTIONS / "test.csv", **types)
    traits = {"image_id": "str", "lesion_id": "str", "age": "float64", "sex": "str"}
    traits |= {"localization": "str", "dx_type": "str"}
    metadata, collection = read_csv(paths.SPLIT, **traits), Collection.read(paths.COLLECTION)
    records = RecordManifest.read(paths.RECORDS / RECORD_MANIFEST)
    bad = {image.image_id: image.reason for image in records.bad}
    curve = dict.fromkeys(("predicted", "observed", "low", "high"), "float64")
    findings = Findings(
        predictions={"val": val, "test": test},
        metadata=metadata,
        malignant=collection.malignant,
        evaluation=Evaluation.read(paths.SCORES),
        point=OperatingPoint.read(paths.THRESHOLD),
        calibration=read_csv(paths.CALIBRATED_CURVE, **curve),
    )
    result = summary(findings, params)
    cohort = cohort_table(metadata[~metadata["image_id"].isin(bad)])
    flow = lesion_flow(metadata, bad, collection.attribution.title, collection.lesions)
    documents = {
        "cohort": cohort_document(cohort),
        "headline": headline_document(findings.evaluation, findings.point, "fold" in val),
    }
    write_tables(paths.SUMMARY, result.tables)
    write_captioned(paths.SUMMARY, documents)
    write_csv(paths.PLOTS / "summary/cohort.csv", cohort)
    flow.write(paths.SUMMARY / FLOW)
    subgroups_of(params).write(paths.SUMMARY / SUBGROUPS)
    write_tables(paths.PLOTS / "summary", result.tables)
    result.figures.write(paths.METRICS / "summary.json")
    print(result)


if __name__ == "__main__":
    run_stage(main)

"""Stage summary: what the operating point means, and the main figures that people compare."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.scores.params import SummaryParams
from lesion_pipeline.scores.results import Evaluation, OperatingPoint
from lesion_pipeline.sources.collection import Collection
from lesion_pipeline.summary.summary import SUBGROUPS, Findings, subgroups_of, summary


def main() -> None:
    """Run the stage."""
    params = load_params("summary", SummaryParams)
    types = {"image_id": "str", "lesion_id": "str", "label": "int64", "probability": "float64"}
    val = read_csv(paths.PREDICTIONS / "val.csv", **types)
    test = read_csv(paths.PREDICTIONS / "test.csv", **types)
    traits = {"image_id": "str", "age": "float64", "sex": "str"}
    traits |= {"localization": "str", "dx_type": "str"}
    curve = dict.fromkeys(("predicted", "observed", "low", "high"), "float64")
    findings = Findings(
        predictions={"val": val, "test": test},
        metadata=read_csv(paths.SPLIT, **traits),
        malignant=Collection.read(paths.COLLECTION).malignant,
        evaluation=Evaluation.read(paths.SCORES),
        point=OperatingPoint.read(paths.THRESHOLD),
        calibration=read_csv(paths.CALIBRATED_CURVE, **curve),
    )
    result = summary(findings, params)
    write_tables(paths.SUMMARY, result.tables)
    subgroups_of(params).write(paths.SUMMARY / SUBGROUPS)
    write_tables(paths.PLOTS / "summary", result.tables)
    result.figures.write(paths.METRICS / "summary.json")
    print(result)


if __name__ == "__main__":
    run_stage(main)

"""Stage tune_threshold: the operating point, chosen on val."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, write_csv, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.inference.manifest import PREDICTION_MANIFEST, PredictionManifest
from lesion_pipeline.scores.params import ThresholdParams
from lesion_pipeline.threshold.tune_threshold import tune_threshold


def main() -> None:
    """Run the stage."""
    params = load_params("threshold", ThresholdParams)
    types = {"lesion_id": "str", "label": "int64", "probability": "float64"}
    val = read_csv(paths.PREDICTIONS / "val.csv", **types)
    test = read_csv(paths.PREDICTIONS / "test.csv", **types)
    rule = PredictionManifest.read(paths.PREDICTIONS / PREDICTION_MANIFEST).lesions
    outcome = tune_threshold(val, test, params, rule)
    outcome.point.write(paths.THRESHOLD, paths.METRICS / "threshold.json")
    write_csv(paths.THRESHOLD_RATES, outcome.rates)
    write_csv(paths.PLOTS / "threshold/targets.csv", outcome.targets)
    write_csv(paths.POLICIES, outcome.policies)
    write_csv(paths.PLOTS / "threshold/policies.csv", outcome.policies)
    write_tables(paths.PLOTS / "threshold", outcome.confusion)
    print(outcome)


if __name__ == "__main__":
    run_stage(main)

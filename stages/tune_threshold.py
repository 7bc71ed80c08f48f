"""Stage tune_threshold: the operating point, chosen on val."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, read_json, write_csv, write_figures, write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.evaluation.policies import ThresholdParams
from lesion_pipeline.evaluation.tune_threshold import (
    draw,
    policies_table,
    targets_table,
    tune_threshold,
)


def main() -> None:
    """Run the stage."""
    params = load_params("threshold", ThresholdParams)
    types = {"lesion_id": "str", "label": "int64", "probability": "float64"}
    val = read_csv(paths.PREDICTIONS / "val.csv", **types)
    test = read_csv(paths.PREDICTIONS / "test.csv", **types)
    malignant = read_json(paths.METRICS / "train.json")["malignant"]
    chosen = tune_threshold(val, test, params)
    policies = policies_table(val, test, params)
    write_json(paths.THRESHOLD, chosen)
    write_json(paths.METRICS / "threshold.json", chosen | {"malignant": malignant})
    write_csv(paths.PLOTS / "threshold/targets.csv", targets_table(val, test, params))
    write_csv(paths.PLOTS / "threshold/policies.csv", policies)
    write_figures(paths.PLOTS / "threshold", draw(val, test, chosen))
    print(f"threshold {chosen['threshold']:.6g} by {params.policy}; beside the other policies:")
    print(policies.filter(regex="^(?!.*_(low|high)$)").to_string(index=False, float_format="%.3g"))


if __name__ == "__main__":
    run_stage(main)

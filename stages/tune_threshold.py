"""Stage tune_threshold: the operating point, chosen on val."""

from lesion_pipeline import paths
from lesion_pipeline.files import read_csv, write_csv, write_figures, write_json
from lesion_pipeline.params import load_params
from lesion_pipeline.score.tune_threshold import (
    ThresholdParams,
    draw,
    targets_table,
    tune_threshold,
)
from lesion_pipeline.stage import run_stage


def main() -> None:
    """Run the stage."""
    params = load_params("threshold", ThresholdParams)
    val = read_csv(paths.PREDICTIONS / "val.csv", label="int64", probability="float64")
    test = read_csv(paths.PREDICTIONS / "test.csv", label="int64", probability="float64")
    chosen = tune_threshold(val, test, params)
    targets = targets_table(val, test, params.report)
    write_json(paths.THRESHOLD, chosen)
    write_json(paths.METRICS / "threshold.json", chosen)
    write_csv(paths.PLOTS / "threshold/targets.csv", targets)
    write_figures(paths.PLOTS / "threshold", draw(val, chosen["threshold"]))
    print(targets.to_string(index=False, float_format="%.3g"))


if __name__ == "__main__":
    run_stage(main)

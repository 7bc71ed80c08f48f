"""Stage explain: Grad-CAM and saliency for hits and misses."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.explanation.explain import explain
from lesion_pipeline.inference.params import ExplainParams
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.scores.results import OperatingPoint


def main() -> None:
    """Run the stage."""
    params = load_params("explain", ExplainParams)
    network, records = TrainedNetwork.load(paths.MODEL), Records(paths.RECORDS)
    test = read_csv(paths.PREDICTIONS / "test.csv", image_id="str", lesion_id="str")
    threshold = OperatingPoint.read(paths.THRESHOLD).threshold
    write_figures(paths.PLOTS / "explain", explain(network, records, test, threshold, params))
    print(f"Grad-CAM and saliency: {paths.PLOTS / 'explain'}")


if __name__ == "__main__":
    run_stage(main)

"""Stage explain: where the network looks, on hits and misses."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, read_json, write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.inference.explain import ExplainParams, explain
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records


def main() -> None:
    """Run the stage."""
    params = load_params("explain", ExplainParams)
    network, records = Network.load(paths.MODEL), Records(paths.RECORDS)
    test = read_csv(paths.PREDICTIONS / "test.csv", image_id="str", lesion_id="str")
    threshold = read_json(paths.THRESHOLD)["threshold"]
    write_figures(paths.PLOTS / "explain", explain(network, records, test, threshold, params))
    print(f"Grad-CAM and saliency: {paths.PLOTS / 'explain'}")


if __name__ == "__main__":
    run_stage(main)

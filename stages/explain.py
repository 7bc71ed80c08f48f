"""Stage explain: where the network looks, on hits and misses."""

from lesion_pipeline import paths
from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.files import read_csv, read_json, write_figures
from lesion_pipeline.model.explain import ExplainParams, explain
from lesion_pipeline.model.network import Network
from lesion_pipeline.params import load_params
from lesion_pipeline.stage import run_stage


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

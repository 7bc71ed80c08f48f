"""Stage explain: what speaks for malignant in hits and misses, and whether it is the lesion."""

from lesion_pipeline import paths
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import read_csv, write_csv, write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.explanation.explain import ShownImages, examples_table, explain, lesion_focus
from lesion_pipeline.explanation.maps import Explainer
from lesion_pipeline.inference.manifest import PREDICTION_MANIFEST, PredictionManifest
from lesion_pipeline.inference.params import ExplainParams
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.scores.results import OperatingPoint
from lesion_pipeline.sources.collection import Collection


def main() -> None:
    """Run the stage."""
    params, form = load_params("explain", ExplainParams), load_params("figures", FigureParams)
    network, records = TrainedNetwork.load(paths.MODEL), Records(paths.RECORDS)
    test = read_csv(paths.PREDICTIONS / "test.csv", image_id="str", lesion_id="str")
    tta = PredictionManifest.read(paths.PREDICTIONS / PREDICTION_MANIFEST).tta
    threshold = OperatingPoint.read(paths.THRESHOLD).threshold
    explainer, resize = Explainer(network, tta), records.manifest.resize
    generated = Collection.read(paths.COLLECTION).generated
    shown = ShownImages(paths.IMAGES, resize, generated)
    figures = explain(explainer, records, test, shown, threshold, params.examples)
    write_csv(
        paths.PLOTS / "explain/examples.csv", examples_table(test, threshold, params.examples)
    )
    write_figures(paths.PLOTS / "explain", figures, form.format, form.dpi)
    focus = lesion_focus(explainer, records, paths.MASKS, resize)
    focus.write(paths.METRICS / "explain.json")
    print(f"evidence inside the lesion: {focus.evidence_inside}; its area: {focus.lesion_area}")


if __name__ == "__main__":
    run_stage(main)

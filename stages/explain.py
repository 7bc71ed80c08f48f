"""Stage explain: the evidence for malignant in hits and misses, and whether it is the lesion."""

from lesion_pipeline import paths
from lesion_pipeline.charts.handed_on import hand_on
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import read_csv, write_csv
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.explanation.explain import Examples, ShownImages, explain, lesion_focus
from lesion_pipeline.explanation.on_demand import ExplainerOnDemand
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.inference.manifest import PREDICTION_MANIFEST, PredictionManifest
from lesion_pipeline.inference.params import ExplainParams
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.scores.results import OperatingPoint
from lesion_pipeline.sources.collection import Collection


def main() -> None:
    """Run the stage."""
    params, form = load_params("explain", ExplainParams), load_params("figures", FigureParams)
    pictures = load_params("pictures", PictureParams)
    records = RecordIndex(paths.RECORDS)
    test = read_csv(paths.PREDICTIONS / "test.csv", image_id="str", lesion_id="str")
    tta = PredictionManifest.read(paths.PREDICTIONS / PREDICTION_MANIFEST).tta
    threshold = OperatingPoint.read(paths.THRESHOLD).threshold
    explainer, resize = ExplainerOnDemand.of(paths.MODEL, tta), records.manifest.resize
    rules = PictureRules(Collection.read(paths.COLLECTION).generated, pictures)
    plots, shown = paths.PLOTS / "explain", paths.PICTURES / "explain"
    examples = Examples.choose(test, threshold, params.examples)
    write_csv(plots / "examples.csv", examples.table())
    write_csv(paths.EXPLAINED, examples.table())
    images = ShownImages(paths.IMAGES, resize, rules.drawn)
    figures = explain(explainer, records, examples, images)
    rules.write(figures, plots, shown, form)
    hand_on(paths.FIGURES / "explain", figures)
    focus = lesion_focus(explainer, records, paths.MASKS, resize)
    focus.write(paths.FOCUS, paths.METRICS / "explain.json")
    print(focus)


if __name__ == "__main__":
    run_stage(main)

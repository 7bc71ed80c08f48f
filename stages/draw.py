"""Stage draw: the charts of all results, and the images of the most confident mistakes."""

from lesion_pipeline import paths
from lesion_pipeline.charts.draw import CONFUSION, CURVE_TABLES, ResultsToDraw, draw
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import read_csv, write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.gallery.contact_sheet import contact_sheet
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Validation
from lesion_pipeline.sources.collection import Collection


def main() -> None:
    """Run the stage."""
    form = load_params("figures", FigureParams)
    confusion = sorted(paths.EVALUATION.glob(f"{CONFUSION}*.csv"))
    results = ResultsToDraw(
        evaluation=Evaluation.read(paths.SCORES),
        point=OperatingPoint.read(paths.THRESHOLD),
        curves={name: read_csv(paths.EVALUATION / f"{name}.csv") for name in CURVE_TABLES},
        rates=read_csv(paths.THRESHOLD_RATES, threshold="float64"),
        confusion={file.stem: read_csv(file, actual="str") for file in confusion},
        subgroups=read_csv(paths.SUMMARY / "subgroups_test.csv", group="str", images="int64"),
        prevalences=read_csv(paths.SUMMARY / "calibration_prevalence.csv", prevalence="float64"),
        history=read_csv(paths.HISTORY, epoch="int64"),
        validation=Validation.read(paths.VALIDATED),
        external={file.stem: read_csv(file) for file in sorted(paths.VALIDATION.glob("*_*.csv"))},
        best_epoch=NetworkManifest.read(paths.MODEL / "manifest.json").best.epoch,
    )
    mistakes = read_csv(paths.SUMMARY / "mistakes.csv", image_id="str")
    generated = Collection.read(paths.COLLECTION).generated
    sheet = contact_sheet(mistakes, paths.IMAGES, generated)
    write_figures(paths.PLOTS / "draw", draw(results) | sheet, form.format, form.dpi)
    print(f"charts: {paths.PLOTS / 'draw'}")


if __name__ == "__main__":
    run_stage(main)

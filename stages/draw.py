"""Stage draw: the charts of all results, and the images of the most confident mistakes."""

from lesion_pipeline import paths
from lesion_pipeline.charts.draw import CONFUSION, CURVE_TABLES, ResultsToDraw, draw
from lesion_pipeline.charts.handed_on import hand_on
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import read_csv, write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.gallery.contact_sheet import contact_sheet
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.scores.flow import LesionFlow
from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Validation
from lesion_pipeline.sources.collection import Collection


def main() -> None:
    """Run the stage."""
    form = load_params("figures", FigureParams)
    pictures = load_params("pictures", PictureParams)
    confusion = sorted(paths.EVALUATION.glob(f"{CONFUSION}*.csv"))
    results = ResultsToDraw(
        evaluation=Evaluation.read(paths.SCORES),
        point=OperatingPoint.read(paths.THRESHOLD),
        curves={name: read_csv(paths.EVALUATION / f"{name}.csv") for name in CURVE_TABLES},
        rates=read_csv(paths.THRESHOLD_RATES, threshold="float64"),
        confusion={file.stem: read_csv(file, actual="str") for file in confusion},
        subgroups=read_csv(paths.SUMMARY / "subgroups_test.csv", group="str", images="int64"),
        prevalences=read_csv(paths.SUMMARY / "calibration_prevalence.csv", prevalence="float64"),
        calibration_groups=read_csv(paths.SUMMARY / "calibration_groups.csv", value="str"),
        history=read_csv(paths.HISTORY, epoch="int64"),
        flow=LesionFlow.read(paths.SUMMARY / "flow.json"),
        validation=Validation.read(paths.VALIDATED),
        external={file.stem: read_csv(file) for file in sorted(paths.VALIDATION.glob("*_*.csv"))},
        best_epoch=NetworkManifest.read(paths.MODEL / "manifest.json").best.epoch,
    )
    mistakes = read_csv(paths.SUMMARY / "mistakes.csv", image_id="str")
    rules = PictureRules(Collection.read(paths.COLLECTION).generated, pictures)
    plots, shown = paths.PLOTS / "draw", paths.PICTURES / "draw"
    sheet = contact_sheet(mistakes, paths.IMAGES, rules)
    charts = draw(results)
    write_figures(plots, charts, form.format, form.dpi)
    rules.write(sheet, plots, shown, form)
    hand_on(paths.FIGURES / "draw", charts | sheet)
    print(f"charts: {plots}")


if __name__ == "__main__":
    run_stage(main)

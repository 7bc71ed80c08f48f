"""Stage explore: pictures of the collection."""

from lesion_pipeline import paths
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import read_csv, write_csv, write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.gallery.explore import class_table, explore
from lesion_pipeline.sources.collection import Collection


def main() -> None:
    """Run the stage."""
    form = load_params("figures", FigureParams)
    table = read_csv(paths.SPLIT, lesion_id="str", image_id="str", dx="str", split="str")
    generated = Collection.read(paths.COLLECTION).generated
    figures = explore(table, paths.IMAGES, generated)
    write_csv(paths.PLOTS / "explore/classes.csv", class_table(table))
    write_figures(paths.PLOTS / "explore", figures, form.format, form.dpi)
    print(f"pictures of the collection: {paths.PLOTS / 'explore'}")


if __name__ == "__main__":
    run_stage(main)

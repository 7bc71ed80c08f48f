"""Stage explore: pictures of the collection."""

from lesion_pipeline import paths
from lesion_pipeline.charts.handed_on import hand_on
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import read_csv, write_csv, write_figures
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.gallery.explore import class_table, examples, explore
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.sources.collection import Collection


def main() -> None:
    """Run the stage."""
    form = load_params("figures", FigureParams)
    pictures = load_params("pictures", PictureParams)
    table = read_csv(paths.SPLIT, lesion_id="str", image_id="str", dx="str", split="str")
    rules = PictureRules(Collection.read(paths.COLLECTION).generated, pictures)
    plots, shown = paths.PLOTS / "explore", paths.PICTURES / "explore"
    shown_examples = examples(table, paths.IMAGES, rules)
    write_csv(plots / "classes.csv", class_table(table))
    charts = explore(table)
    write_figures(plots, charts, form.format, form.dpi)
    rules.write(shown_examples, plots, shown, form)
    hand_on(paths.FIGURES / "explore", charts | shown_examples)
    print(f"pictures of the collection: {plots}")


if __name__ == "__main__":
    run_stage(main)

"""Stage explore: pictures of the collection."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, read_json, write_csv, write_figures
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.gallery.explore import class_table, draw


def main() -> None:
    """Run the stage."""
    table = read_csv(paths.SPLIT, lesion_id="str", image_id="str", dx="str", split="str")
    generated = read_json(paths.METRICS / "fetch.json")["generated"]
    figures = draw(table, paths.IMAGES, generated)
    write_csv(paths.PLOTS / "explore/classes.csv", class_table(table))
    write_figures(paths.PLOTS / "explore", figures)
    print(f"pictures of the collection: {paths.PLOTS / 'explore'}")


if __name__ == "__main__":
    run_stage(main)

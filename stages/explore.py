"""Stage explore: pictures of the collection."""

from lesion_pipeline import paths
from lesion_pipeline.data.explore import class_table, draw
from lesion_pipeline.files import read_csv, read_json, write_csv, write_figures
from lesion_pipeline.stage import run_stage


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

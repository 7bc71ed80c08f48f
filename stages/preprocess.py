"""Stage preprocess: decode each image once, into TFRecords."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, read_json, whole_folder, write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.parallel import cores
from lesion_pipeline.records.preprocess import PreprocessParams, preprocess


def main() -> None:
    """Run the stage."""
    params = load_params("preprocess", PreprocessParams)
    table = read_csv(paths.SPLIT, image_id="str", lesion_id="str", dx="str", split="str")
    malignant = read_json(paths.METRICS / "split.json")["malignant"]
    with whole_folder(paths.RECORDS) as target:
        manifest = preprocess(table, malignant, paths.IMAGES, target, params, cores())
    images = sum(split["images"] for split in manifest["splits"].values())
    figures = {"images": images, "bad": len(manifest["bad"]), "malignant": malignant}
    write_json(paths.METRICS / "preprocess.json", figures)
    print(f"{images} images decoded, {len(manifest['bad'])} bad")


if __name__ == "__main__":
    run_stage(main)

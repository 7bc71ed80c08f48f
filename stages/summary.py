"""Stage summary: what the operating point means, and the few figures that people compare."""

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv, read_json, write_figures, write_json, write_tables
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.evaluation.evaluate import EvaluateParams
from lesion_pipeline.evaluation.summary import Found, SummaryParams, draw, summary
from lesion_pipeline.gallery.contact_sheet import contact_sheet


def main() -> None:
    """Run the stage."""
    params = load_params("summary", SummaryParams)
    evaluated = load_params("evaluate", EvaluateParams)
    types = {"image_id": "str", "lesion_id": "str", "label": "int64", "probability": "float64"}
    val = read_csv(paths.PREDICTIONS / "val.csv", **types)
    test = read_csv(paths.PREDICTIONS / "test.csv", **types)
    traits = {"image_id": "str", "age": "float64", "sex": "str"}
    traits |= {"localization": "str", "dx_type": "str"}
    found = Found(
        predictions={"val": val, "test": test},
        metadata=read_csv(paths.SPLIT, **traits),
        metrics=read_json(paths.METRICS / "evaluate.json"),
        point=read_json(paths.THRESHOLD),
    )
    result = summary(found, params, evaluated)
    generated = read_json(paths.METRICS / "fetch.json")["generated"]
    sheet = contact_sheet(result.tables["mistakes"], paths.IMAGES, generated)
    write_tables(paths.PLOTS / "summary", result.tables)
    write_figures(paths.PLOTS / "summary", draw(result) | sheet)
    malignant = found.metrics["malignant"]
    write_json(paths.METRICS / "summary.json", result.metrics | {"malignant": malignant})
    print(result)


if __name__ == "__main__":
    run_stage(main)

"""Stage export: the bundle, and the last word of `dvc repro`."""

from lesion_pipeline import paths
from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.export import ExportParams, Results, export, report
from lesion_pipeline.bundle.verify import prove
from lesion_pipeline.core.files import read_csv, read_json, whole_folder, write_json
from lesion_pipeline.core.params import load_params
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.networks.network import NETWORK
from lesion_pipeline.records.tfrecords import Records


def main() -> None:
    """Run the stage."""
    params = load_params("export", ExportParams)
    records, threshold = Records(paths.RECORDS), read_json(paths.THRESHOLD)
    val = read_csv(paths.PREDICTIONS / "val.csv", image_id="str", lesion_id="str", dx="str")
    with whole_folder(paths.EXPORT) as target:
        convert(paths.MODEL / NETWORK, records, target, params)
        formats = prove(target, params, records, val, threshold["threshold"])
        results = Results(
            network=read_json(paths.METRICS / "train.json"),
            formats=formats,
            images=records.manifest,
            collection=read_json(paths.METRICS / "fetch.json"),
            split=read_json(paths.METRICS / "split.json"),
            threshold=threshold,
            calibrator=read_json(paths.CALIBRATOR),
            metrics=read_json(paths.METRICS / "evaluate.json"),
            subgroups=read_csv(paths.PLOTS / "summary/subgroups_test.csv", images="int64"),
            prevalence=read_csv(paths.PLOTS / "summary/prevalence.csv", prevalence="float64"),
        )
        manifest = export(results, target, params)
    write_json(paths.METRICS / "export.json", formats | {"malignant": list(records.malignant)})
    print(report(manifest, paths.EXPORT))


if __name__ == "__main__":
    run_stage(main)

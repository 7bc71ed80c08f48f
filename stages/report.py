"""Stage report: one HTML file that tells all of it, to read, print and send."""

from lesion_pipeline import paths
from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.core.files import read_csv, write_text
from lesion_pipeline.core.inputs import md5_of
from lesion_pipeline.core.stage import run_stage
from lesion_pipeline.explanation.results import LesionFocus
from lesion_pipeline.leakage.results import AuditSummary
from lesion_pipeline.reporting.facts import ReportFacts, SplitTables
from lesion_pipeline.reporting.report import report
from lesion_pipeline.scores.flow import LesionFlow
from lesion_pipeline.scores.results import Validation

TRACED = (
    paths.METADATA, paths.SPLIT, paths.MODEL, paths.PREDICTIONS, paths.EVALUATION, paths.THRESHOLD,
    paths.SUMMARY, paths.EXPORT,
)  # fmt: skip


def main() -> None:
    """Run the stage."""
    tables = {
        split: SplitTables(
            read_csv(paths.SUMMARY / f"clinical_{split}.csv", figure="str", lesions="int64"),
            read_csv(paths.SUMMARY / f"subgroups_{split}.csv", group="str", lesions="int64"),
        )
        for split in ("val", "test")
    }
    facts = ReportFacts(
        manifest=read_manifest(paths.EXPORT),
        flow=LesionFlow.read(paths.SUMMARY / "flow.json"),
        validation=Validation.read(paths.VALIDATED),
        audit=AuditSummary.read(paths.AUDITED),
        focus=LesionFocus.read(paths.FOCUS),
        documents={
            name: (paths.SUMMARY / f"{name}.md").read_text(encoding="utf-8")
            for name in ("cohort", "headline")
        },
        val=tables["val"],
        test=tables["test"],
        prevalence=read_csv(paths.SUMMARY / "prevalence.csv", prevalence="float64"),
        mistakes=read_csv(paths.SUMMARY / "mistakes.csv", image_id="str"),
        policies=read_csv(paths.POLICIES, policy="str", threshold="float64"),
        examples=read_csv(paths.EXPLAINED, image_id="str", case="str"),
        history=read_csv(paths.HISTORY, epoch="int64"),
        params=paths.PARAMS.read_text(encoding="utf-8"),
        hashes={path.as_posix(): md5_of(path) for path in TRACED},
        pictures=paths.FIGURES,
    )
    text = report(facts)
    write_text(paths.REPORT, text)
    print(f"report: {paths.REPORT} ({len(text) / 1e6:.1f} MB)")


if __name__ == "__main__":
    run_stage(main)

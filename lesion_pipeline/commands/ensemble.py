"""The command `lesion ensemble`."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lesion_pipeline import paths
from lesion_pipeline.commands.options import add_resamples
from lesion_pipeline.commands.revisions import revision_paths

if TYPE_CHECKING:
    from lesion_pipeline.bundle.export import PipelineResults
    from lesion_pipeline.ensemble.export import ToExport
    from lesion_pipeline.ensemble.score import Ensembled
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.threshold.tune_threshold import ThresholdOutcome

HELP: Final = "average the networks of several revisions"


def add_arguments(ensemble: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    ensemble.add_argument(
        "revisions", nargs="+", metavar="REV", help="commit, branch, tag or experiment: 2 to 15"
    )
    ensemble.add_argument(
        "--average", choices=("probabilities", "logits"), default="probabilities",
        help="of what (default: probabilities)",
    )  # fmt: skip
    ensemble.add_argument(
        "--weights", choices=("equal", "subset", "fitted"), default="equal",
        help="all alike; the best subset, alike; or fitted; the last two are chosen on val, and "
        "scored there out of fold (default: equal)",
    )  # fmt: skip
    ensemble.add_argument("--output", type=Path, metavar="DIR", help="export it as a bundle")
    add_resamples(ensemble, "lesions")


def run(parsed: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from lesion_pipeline.core.files import read_csv
    from lesion_pipeline.core.params import load_params
    from lesion_pipeline.ensemble.members import MemberPredictions
    from lesion_pipeline.ensemble.score import (
        Recipe,
        check_split,
        ensemble,
        judged,
        operating_point,
    )
    from lesion_pipeline.inference.params import PredictParams
    from lesion_pipeline.revisions.read import Revision
    from lesion_pipeline.scores.params import EvaluateParams, ThresholdParams
    from lesion_pipeline.scores.results import Resamples
    from lesion_pipeline.sources.collection import Collection

    revisions = [Revision.find(name) for name in parsed.revisions]
    members = MemberPredictions.read(revisions, revision_paths())
    check_split(members, read_csv(paths.SPLIT, image_id="str", split="str"))
    recipe = Recipe(
        average=parsed.average,
        weighting=parsed.weights,
        seed=load_params("evaluate", EvaluateParams).seed,
        malignant=Collection.read(paths.COLLECTION).malignant,
    )
    found = ensemble(members, recipe)
    params = load_params("threshold", ThresholdParams)
    tuned = operating_point(found, params, load_params("predict", PredictParams).lesions)
    resamples = Resamples(samples=parsed.samples, seed=parsed.seed)
    print(found.table())
    print()
    print(judged(found, tuned.point.threshold, params, resamples).plain())
    if parsed.output:
        print(_exported(parsed, revisions, found, tuned))
    print("For research and education only, not for clinical use.")
    return 0


def _exported(
    parsed: argparse.Namespace,
    revisions: "list[Revision]",
    found: "Ensembled",
    tuned: "ThresholdOutcome",
) -> str:
    """Write the bundle and return a line for people."""
    from lesion_pipeline.bundle.params import ExportParams
    from lesion_pipeline.core.params import load_params
    from lesion_pipeline.ensemble.export import ToExport, export_ensemble
    from lesion_pipeline.ensemble.lineage import ExportedMember
    from lesion_pipeline.records.tfrecords import Records

    params = load_params("export", ExportParams)
    what = ToExport(
        found=found,
        members=[ExportedMember.read(revision, paths.EXPORT) for revision in revisions],
        command=_command(parsed, revisions),
        params=params.model_copy(update={"name": f"{params.name}-ensemble"}),
    )
    records = Records(paths.RECORDS)
    manifest = export_ensemble(what, _results(found, tuned, what), records, parsed.output)
    return f"{parsed.output}: {', '.join(manifest.formats)}, verified on val"


def _results(found: "Ensembled", tuned: "ThresholdOutcome", what: "ToExport") -> "PipelineResults":
    """Score the ensemble as the stages evaluate and summary do."""
    from lesion_pipeline.bundle.export import PipelineResults
    from lesion_pipeline.core.files import read_csv
    from lesion_pipeline.core.params import load_params
    from lesion_pipeline.evaluation.evaluate import evaluate
    from lesion_pipeline.inference.params import PredictParams
    from lesion_pipeline.records.index import RECORD_MANIFEST
    from lesion_pipeline.records.manifest import RecordManifest
    from lesion_pipeline.scores.params import EvaluateParams, SummaryParams
    from lesion_pipeline.scores.results import Validation
    from lesion_pipeline.sources.collection import Collection
    from lesion_pipeline.splitting.summary import SplitSummary
    from lesion_pipeline.summary.summary import Findings, summary

    traits = {"image_id": "str", "lesion_id": "str", "age": "float64", "sex": "str"}
    traits |= {"localization": "str", "dx_type": "str"}
    metadata, collection = read_csv(paths.SPLIT, **traits), Collection.read(paths.COLLECTION)
    val, test = found.predictions["val"], found.predictions["test"]
    rule = load_params("predict", PredictParams).lesions
    outcome = evaluate(val, test, metadata, load_params("evaluate", EvaluateParams), rule)
    curve = outcome.tables["calibrated_curve_test"]
    findings = Findings(
        dict(found.predictions), metadata, collection.malignant, outcome.evaluation, tuned.point,
        curve,
    )  # fmt: skip
    tables = summary(findings, load_params("summary", SummaryParams)).tables
    return PipelineResults(
        collection=collection,
        counts=SplitSummary.read(paths.SPLIT_SUMMARY).counts,
        records=RecordManifest.read(paths.RECORDS / RECORD_MANIFEST),
        network=what.members[0].manifest.network,
        tta=1,
        evaluation=outcome.evaluation,
        calibrator=outcome.calibrator,
        operating_point=tuned.point,
        policies=tuned.policies,
        prevalence=tables["prevalence"],
        subgroups=tables["subgroups_test"],
        clinical=tables["clinical_test"],
        validation=Validation(collections={}),
    )


def _command(parsed: argparse.Namespace, revisions: "list[Revision]") -> str:
    """Return the command with the commits in place of names, which may come to mean others."""
    words = ["lesion", "ensemble", *(revision.commit for revision in revisions)]
    words += ["--average", parsed.average, "--weights", parsed.weights]
    return shlex.join([*words, "--output", parsed.output.name])

"""Put manifest and model card beside the network's files."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.bundle.card.model_card import CardTables, model_card
from lesion_pipeline.bundle.formats import FormatName
from lesion_pipeline.bundle.lineage import Ensemble
from lesion_pipeline.bundle.manifest import CARD, BundleManifest, write_manifest
from lesion_pipeline.bundle.results import DataSummary, FormatReport, ImageContract, PolicyPoint
from lesion_pipeline.core.files import write_text
from lesion_pipeline.evaluation.calibrator import Calibrator
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.records.manifest import RecordManifest
from lesion_pipeline.scores.params import Policy
from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Validation
from lesion_pipeline.sources.collection import Collection
from lesion_pipeline.splitting.summary import Counts

_PACKAGES: Final = ("keras", "tensorflow", "numpy", "pillow", "ai-edge-litert")


@dataclass(frozen=True)
class PipelineResults:
    """What the stages before found, as manifest and card need it.

    Attributes:
        collection: what fetch brought.
        counts: images and lesions by split and class.
        records: what preprocess wrote.
        network: the trained network.
        tta: copies of each image that the exported network averages.
        evaluation: scores on val and test.
        calibrator: fitted on val.
        operating_point: chosen on val.
        policies: the threshold of each policy; threshold.tune_threshold.policies_table.
        prevalence: predictive values of val and test by prevalence.
        subgroups: of test.
        clinical: what a physician asks first, of test.
        validation: scores of other collections.
        ensemble: of which networks it is the mean; None: it is one network.
    """

    collection: Collection
    counts: dict[str, dict[str, Counts]]
    records: RecordManifest
    network: NetworkManifest
    tta: Copies
    evaluation: Evaluation
    calibrator: Calibrator
    operating_point: OperatingPoint
    policies: pd.DataFrame
    prevalence: pd.DataFrame
    subgroups: pd.DataFrame
    clinical: pd.DataFrame
    validation: Validation
    ensemble: Ensemble | None = None


def export(
    results: PipelineResults, formats: dict[FormatName, FormatReport], target: Path, name: str
) -> BundleManifest:
    """Write bundle.json and MODEL_CARD.md into a folder with the network's files.

    Args:
        results: facts and scores.
        formats: what `verify` found of each format.
        target: the folder.
        name: of the bundle.
    """
    manifest = BundleManifest(
        name=name,
        image=ImageContract(size=results.records.image_size, resize=results.records.resize),
        tta=results.tta,
        formats=formats,
        network=results.network,
        operating_point=results.operating_point,
        policies=_policies(results.policies),
        calibrator=results.calibrator,
        data=DataSummary(
            **dict(results.collection),
            bad_images=len(results.records.bad),
            split=results.counts,
        ),
        evaluation=results.evaluation,
        ensemble=results.ensemble,
        versions={package: version(package) for package in _PACKAGES},
    )
    write_manifest(target, manifest)
    tables = CardTables(results.clinical, results.prevalence, results.subgroups, results.validation)
    write_text(target / CARD, model_card(manifest, tables))
    return manifest


def _policies(table: pd.DataFrame) -> dict[Policy, PolicyPoint]:
    """Return what the policies choose, without those that can't."""
    names = list(PolicyPoint.model_fields)
    able = table.dropna(subset="threshold").to_dict("records")
    return {row["policy"]: PolicyPoint(**{name: row[name] for name in names}) for row in able}

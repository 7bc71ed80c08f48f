"""What the report tells, computed by the pipeline's functions from made-up predictions."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.bundle.results import DataSummary, FormatReport, ImageContract
from lesion_pipeline.charts.handed_on import hand_on
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.evaluation.evaluate import evaluate
from lesion_pipeline.explanation.results import LesionFocus
from lesion_pipeline.leakage.results import AuditSummary, FoundBy, SameLesion
from lesion_pipeline.networks.manifest import BestEpoch, NetworkManifest, WeightSource
from lesion_pipeline.reporting.facts import ReportFacts, SplitTables
from lesion_pipeline.scores.results import Validation
from lesion_pipeline.sources.collection import GENERATED
from lesion_pipeline.splitting.split import count
from lesion_pipeline.summary.cohort import cohort_document, cohort_table
from lesion_pipeline.summary.flow import lesion_flow
from lesion_pipeline.summary.headline import headline_document
from lesion_pipeline.summary.summary import Findings, summary
from lesion_pipeline.threshold.tune_threshold import tune_threshold
from tests import small_params
from tests.small_params import SUMMARY, THRESHOLD

EVALUATE = small_params.EVALUATE.model_copy(update={"bootstrap_samples": 50})
PARAMS = "fetch:\n  source: sample  # <generated>\n"
FIGURES = ("draw/roc", "draw/precision_recall", "draw/flow", "draw/history", "explore/age")
PICTURES = ("explore/examples", "audit/closest", "draw/mistakes", "explain/true_positive")


def make_table() -> pd.DataFrame:
    """Return 120 images of as many lesions, a third of them malignant, in three splits."""
    rows = np.arange(120)
    dx = np.array(list(DIAGNOSES))[rows % 6]  # no vascular lesion
    return pd.DataFrame(
        {
            "image_id": [f"I{row:03}" for row in rows],
            "lesion_id": [f"L{row:03}" for row in rows],
            "dx": dx,
            "label": np.isin(dx, MALIGNANT).astype(np.int64),
            "split": np.repeat(["train", "val", "test"], 40),
            "age": 20.0 + rows % 60,
            "sex": np.where(rows % 2, "female", "male"),
            "localization": np.where(rows % 3, "back", "face"),
            "dx_type": np.where(rows % 4, "histo", "follow_up"),
        }
    )


def make_predictions(table: pd.DataFrame, split: str) -> pd.DataFrame:
    """Return probabilities that tell the classes apart, but not always."""
    rows = table[table["split"] == split].reset_index(drop=True)
    noise = np.random.default_rng(len(split)).normal(scale=0.2, size=len(rows))
    rows["probability"] = np.clip(0.3 + 0.35 * rows["label"] + noise, 0.01, 0.99).round(6)
    return rows[["image_id", "lesion_id", "dx", "label", "probability"]]


def make_network(**changes: Any) -> NetworkManifest:
    facts: dict[str, Any] = {
        "arch": "simple_cnn", "image_size": 64, "stages": ("a",), "frozen": False, "parameters": 9,
        "weights": WeightSource(requested="random", origin="random", source="seed 1"),
        "kernels": "portable", "target": "binary", "outputs": ("malignant",),
        "malignant": MALIGNANT, "cut": "input", "features": "last", "total_parameters": 12,
        "trainable_parameters": {"head": 12}, "class_weights": {"benign": 1.0, "malignant": 2.0},
        "label_smoothing": 0.0, "epochs": 2,
        "best": BestEpoch(epoch=1, phase="head", val_roc_auc=0.875, val_pr_auc=0.75),
    }  # fmt: skip
    return NetworkManifest(**facts | changes)


def make_figure(name: str) -> Figure:
    figure = Figure(figsize=(2, 1))
    axes = figure.subplots()
    axes.imshow(np.eye(3)) if name in PICTURES else axes.plot([0, 1])
    return figure


def make_pictures(folder: Path) -> Path:
    """Draw charts, and pictures of images, as the stages hand them on."""
    for stage in ("explore", "audit", "draw", "explain"):
        names = [name for name in FIGURES + PICTURES if name.startswith(f"{stage}/")]
        hand_on(folder / stage, {name.split("/")[1]: make_figure(name) for name in names})
    return folder


def make_facts(folder: Path) -> ReportFacts:
    """Return the facts of a small collection, with pictures in `folder`."""
    table = make_table()
    predictions = {split: make_predictions(table, split) for split in ("val", "test")}
    outcome = evaluate(predictions["val"], predictions["test"], table, EVALUATE)
    tuned = tune_threshold(predictions["val"], predictions["test"], THRESHOLD)
    curve = outcome.tables["calibrated_curve_test"]
    findings = Findings(predictions, table, MALIGNANT, outcome.evaluation, tuned.point, curve)
    tables = summary(findings, SUMMARY).tables
    data = DataSummary(
        source="sample", generated=True, malignant=MALIGNANT, images=120, lesions=120,
        attribution=GENERATED, bad_images=0, split=count(table),
    )  # fmt: skip
    report = FormatReport(
        max_probability_difference=1e-5, roc_auc_difference=0.0, same_decisions=1.0, images=50,
        file="model.keras", bytes=1000,
    )  # fmt: skip
    manifest = BundleManifest(
        name="tiny", image=ImageContract(size=64, resize="squash"), tta=1,
        formats={"keras": report}, network=make_network(), operating_point=tuned.point,
        policies={}, calibrator=outcome.calibrator, data=data, evaluation=outcome.evaluation,
        versions={"keras": "1.2.3"},
    )  # fmt: skip
    mistaken = predictions["test"].head(1).assign(case="true_positive")
    return ReportFacts(
        manifest=manifest,
        flow=lesion_flow(table, {}, "Generated sample", 120),
        validation=Validation(collections={}),
        audit=AuditSummary(
            images=120,
            lesions_in_two_splits=0,
            pairs_of_lesions={"train_val": 0, "train_test": 2, "val_test": 0, "within_a_split": 1},
            found_by=FoundBy(hash=3, similarity=None),
            same_lesion=SameLesion(pairs_of_images=8, found_by_hash=0.25, found_by_similarity=None),
        ),
        focus=LesionFocus(images=4, evidence_inside=0.5, lesion_area=0.25),
        documents={
            "cohort": cohort_document(cohort_table(table)).markdown(),
            "headline": headline_document(outcome.evaluation, tuned.point).markdown(),
        },
        val=SplitTables(tables["clinical_val"], tables["subgroups_val"]),
        test=SplitTables(tables["clinical_test"], tables["subgroups_test"]),
        prevalence=tables["prevalence"],
        mistakes=tables["mistakes"],
        policies=tuned.policies,
        examples=mistaken,
        history=pd.DataFrame({"val_pr_auc": [0.75, 0.5], "val_roc_auc": [0.9, 0.8]}),
        params=PARAMS,
        hashes={"data/model": "0123abcd.dir"},
        pictures=make_pictures(folder),
    )  # fmt: skip

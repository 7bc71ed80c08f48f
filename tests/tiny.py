"""A tiny collection and what the pipeline's first stages make of it, for tests of networks."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.export import ExportParams, Results, export
from lesion_pipeline.bundle.formats import FILES, Format, FormatParams
from lesion_pipeline.core.files import write_json
from lesion_pipeline.embedding.augment import AugmentParams
from lesion_pipeline.embedding.cut import Cut
from lesion_pipeline.embedding.embed import EmbedParams, embed
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.evaluation.prevalence import prevalence_table
from lesion_pipeline.evaluation.subgroups import Subgroups, subgroup_table
from lesion_pipeline.inference.tta import Views, average_views
from lesion_pipeline.networks.backbone import backbone
from lesion_pipeline.networks.network import NETWORK, Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.records.preprocess import PreprocessParams, preprocess
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.sources.attribution import GENERATED
from lesion_pipeline.tf import keras
from lesion_pipeline.training.head import HeadParams
from lesion_pipeline.training.objective import Target, outputs
from lesion_pipeline.training.train import FineTuneParams, Plan, TrainParams, assemble

SIZE = 64
COUNTS = {"train": 24, "val": 12, "test": 12}
MALIGNANT, BENIGN = ("mel", "bcc", "akiec"), ("nv", "bkl", "df", "vasc")
AUGMENT = AugmentParams(
    flips=True, quarter_turns=True, rotation_degrees=20, zoom=0.15, brightness=0.1, contrast=0.1
)
EMBED = EmbedParams(
    cut="top", features="multilevel", views=2, batch_size=8, seed=1, augment=AUGMENT
)
TRAIN = TrainParams(
    epochs=6, batch_size=8, learning_rate=1e-3, warmup_epochs=1, weight_decay=0.01,
    class_weight_power=0.5, label_smoothing=0.1, averaging=0.9, batch_parts=1, patience=7,
    head=HeadParams(units=(16, 8), dropout=(0.2, 0.2, 0.1), batch_norm_momentum=0.9),
    fine_tune=FineTuneParams(epochs=0, layers=11, batch_size=8, learning_rate=1e-3), seed=1,
)  # fmt: skip
EXPORT = ExportParams(
    name="tiny", formats=("keras",), max_probability_difference=1e-4, max_auc_drop=0.02,
    calibration_images=16, seed=1,
)  # fmt: skip


def make_images(folder: Path) -> pd.DataFrame:
    """Draw noisy squares, dark for malignant and bright for benign, and give their table."""
    folder.mkdir()
    rows = []
    for split, count in COUNTS.items():
        for number in range(count):
            label = int(number % 3 == 0)
            image_id = f"{split}_{number:02d}"
            generator = np.random.default_rng([len(split), number])
            level = 90 if label else 150
            pixels = generator.normal(level, 40, (90, 120, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{image_id}.jpg", quality=95)
            side = MALIGNANT if label else BENIGN
            dx = side[number // 3 % len(side)]
            rows.append((image_id, f"L_{image_id}", dx, label, split))
    return pd.DataFrame(rows, columns=["image_id", "lesion_id", "dx", "label", "split"])


def make_records(folder: Path) -> Records:
    """Preprocess the tiny collection."""
    table = make_images(folder / "images")
    params = PreprocessParams(
        image_size=SIZE, resize="squash", images_per_shard=10, max_bad_fraction=0
    )
    target = folder / "records"
    target.mkdir()
    preprocess(table, MALIGNANT, folder / "images", target, params, workers=2)
    return Records(target)


def make_backbone(arch: str) -> Network:
    """Build a backbone with what weights an installed package has."""
    params = ModelParams(arch=arch, weights="bundled", target="diagnosis", views=1, seed=1)
    return backbone(params, SIZE)


def make_embeddings(
    network: Network, records: Records, target: Path, cut: Cut = "top"
) -> Embeddings:
    """Embed the tiny collection."""
    target.mkdir(parents=True)
    embed(network, records, target, EMBED.model_copy(update={"cut": cut}), workers=2)
    return Embeddings(target)


def make_plan(
    records: Records, embeddings: Embeddings, target: Target = "diagnosis",
    arch: str = "efficientnet_lite0", **changes: Any,
) -> Plan:  # fmt: skip
    """Plan a training as TRAIN says, with some other values, on a backbone of its own."""
    params = TRAIN.model_copy(update=changes)
    return Plan(make_backbone(arch), embeddings, records, target, params)


def make_formats(bundle: Path, records: Records, formats: tuple[Format, ...]) -> FormatParams:
    """Write a bundle's network in more formats; gives what was asked for."""
    params = EXPORT.model_copy(update={"formats": ("keras", *formats)})
    convert(bundle.parent / "model" / NETWORK, records, bundle, params)
    return params


def make_bundle(
    network: Network, folder: Path, target: Target = "binary", views: Views = 1
) -> Path:
    """Export `network` under an untrained head, with made-up figures."""
    records = Records(folder)  # never read: an untrained head needs no images
    embeddings = Embeddings(folder / "embeddings")
    write_json(folder / "embeddings" / "manifest.json", {"cut": "top", "features": "multilevel"})
    keras.utils.set_random_seed(1)
    model, _ = assemble(Plan(network, embeddings, records, target, TRAIN))
    trained = {
        "target": target, "outputs": list(outputs(target)), "malignant": list(MALIGNANT),
        "views": views, "cut": "top",
        "features": "multilevel", "total_parameters": model.count_params(),
        "trainable_parameters": {"head": 1}, "class_weights": {"benign": 0.8, "malignant": 1.4},
        "best": {"epoch": 1, "phase": "head"}, "epochs": 1,
    }  # fmt: skip
    whole = Network(average_views(model, views), network.manifest | trained)
    (folder / "model").mkdir()
    whole.save(folder / "model")
    rates = {"sensitivity": 0.9, "specificity": 0.5, "ppv": 0.4, "npv": 0.9, "accuracy": 0.6,
             "f1_score": 0.5, "tp": 4, "tn": 4, "fp": 4, "fn": 0,
             "sensitivity_interval": [0.7, 1.0], "specificity_interval": [0.25, 0.75],
             "ppv_interval": [0.2, 0.6], "npv_interval": [0.5, 1.0]}  # fmt: skip
    chosen = {"threshold": 0.5, "policy": "target_sensitivity", "target": 0.9,
              "target_sensitivity": 0.9}  # fmt: skip
    cases = pd.DataFrame({
        "lesion_id": range(12), "dx": ["mel", "nv", "bkl"] * 4, "age": [25.0, 50.0, np.nan] * 4,
        "sex": "female", "site": "back", "dx_type": "histo", "label": [1, 0, 0] * 4,
        "probability": [0.75, 0.25, 0.5] * 4,
    })  # fmt: skip
    groups = Subgroups(age_bands=(30, 60), min_images_for_auc=4, samples=20, seed=1)
    figures = {"images": 12, "malignant": 4, "roc_auc": 0.85, "roc_auc_interval": [0.75, 0.95],
               "pr_auc": 0.7, "pr_auc_interval": [0.5, 0.875],
               "brier_score": 0.1, "log_loss": 0.3, "calibration_error": 0.0625,
               "calibration_slope": 1.25, "calibration_slope_interval": [1.0, 1.5],
               "calibration_intercept": 0.5,
               "calibration_intercept_interval": [-0.5, 1.0]}  # fmt: skip
    calibrated = figures | {"calibration_error": 0.03125, "calibration_slope": None}
    side = {"images": 8, "lesions": 8}
    bundle = folder / "bundle"
    bundle.mkdir()
    shutil.copyfile(folder / "model" / NETWORK, bundle / FILES["keras"])
    same = {"max_probability_difference": 0.0, "roc_auc_difference": 0.0, "agreement": 1.0}
    results = Results(
        network=whole.trained(),
        formats={"keras": {"file": FILES["keras"], "bytes": 1, **same}},
        images={"image_size": SIZE, "resize": "squash", "bad": []},
        collection={
            "source": "sample",
            "generated": True,
            "images": 48,
            "lesions": 48,
            "attribution": GENERATED.summary(),
            "external": None,
        },
        split={"counts": {name: {"benign": side, "malignant": side} for name in COUNTS}},
        threshold=chosen | rates | {"test": rates},
        calibrator={"method": "platt", "slope": 2.0, "intercept": 0.5},
        metrics={"val": figures, "test": figures | {"calibrated": calibrated}},
        subgroups=subgroup_table(cases, 0.5, groups),
        prevalence=prevalence_table(rates, [0.02, 1 / 3]).assign(
            split="test", of_the_split=[False, True]
        ),
    )
    export(results, bundle, EXPORT)
    return bundle

"""A tiny collection and what the pipeline's first stages make of it, for tests of networks."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from lesion_pipeline.data.preprocess import PreprocessParams, preprocess
from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.files import write_json
from lesion_pipeline.model.augment import AugmentParams
from lesion_pipeline.model.backbone import ModelParams, backbone
from lesion_pipeline.model.embed import EmbedParams, embed
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.export import ExportParams, Results, export
from lesion_pipeline.model.head import HeadParams
from lesion_pipeline.model.network import Network
from lesion_pipeline.model.train import FineTuneParams, Sources, TrainParams, assemble
from lesion_pipeline.tf import keras

SIZE = 64
COUNTS = {"train": 24, "val": 12, "test": 12}
AUGMENT = AugmentParams(flips=True, rotation_degrees=180, zoom=0.15, brightness=0.1, contrast=0.1)
EMBED = EmbedParams(features="multilevel", views=2, batch_size=8, seed=1, augment=AUGMENT)
TRAIN = TrainParams(
    epochs=6, batch_size=8, image_batch_size=8, learning_rate=1e-3, weight_decay=0.01,
    positive_weight="auto", patience=7, plateau_patience=3, plateau_factor=0.5,
    head=HeadParams(units=(16, 8), dropout=(0.2, 0.2, 0.1), batch_norm_momentum=0.9),
    fine_tune=FineTuneParams(epochs=0, layers=30, learning_rate=1e-4), seed=1,
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
            dx = "mel" if label else "nv"
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
    preprocess(table, folder / "images", target, params, workers=2)
    return Records(target)


def make_backbone(arch: str) -> Network:
    """Build a backbone with what weights an installed package has."""
    return backbone(ModelParams(arch=arch, weights="bundled", seed=1), SIZE)


def make_embeddings(network: Network, records: Records, target: Path) -> Embeddings:
    """Embed the tiny collection."""
    target.mkdir()
    embed(network, records, target, EMBED, workers=2)
    return Embeddings(target)


def make_bundle(network: Network, folder: Path) -> Path:
    """Export `network` under an untrained head, with made-up figures."""
    records = Records(folder)  # never read: an untrained head needs no images
    embeddings = Embeddings(folder / "embeddings")
    write_json(folder / "embeddings" / "manifest.json", {"features": "multilevel"})
    keras.utils.set_random_seed(1)
    model, _ = assemble(Sources(network, embeddings, records), TRAIN.head)
    trained = {
        "features": "multilevel", "total_parameters": model.count_params(),
        "trainable_parameters": {"head": 1}, "positive_weight": 2.0,
        "best": {"epoch": 1, "phase": "head"}, "epochs": 1,
    }  # fmt: skip
    whole = Network(model, network.manifest | trained)
    (folder / "model").mkdir()
    whole.save(folder / "model")
    rates = {"sensitivity": 0.9, "specificity": 0.5, "ppv": 0.4, "npv": 0.9, "accuracy": 0.6,
             "f1_score": 0.5, "tp": 4, "tn": 4, "fp": 4, "fn": 0}  # fmt: skip
    figures = {"images": 12, "malignant": 4, "roc_auc": 0.85, "pr_auc": 0.7,
               "brier_score": 0.1, "log_loss": 0.3}  # fmt: skip
    side = {"images": 8, "lesions": 8}
    results = Results(
        network=whole.trained(),
        images={"image_size": SIZE, "resize": "squash", "bad": []},
        collection={"source": "sample", "generated": True, "images": 48, "lesions": 48},
        split={"counts": {name: {"benign": side, "malignant": side} for name in COUNTS}},
        threshold={"threshold": 0.5, "target_sensitivity": 0.9, **rates, "test": rates},
        metrics={"val": figures, "test": figures},
    )
    target = folder / "bundle"
    target.mkdir()
    export(folder / "model" / "network.keras", results, target, ExportParams(name="tiny"))
    return target

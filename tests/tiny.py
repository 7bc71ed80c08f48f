"""A tiny collection and what the pipeline's first stages make of it, for tests of networks."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.core.labels import CLASSES
from lesion_pipeline.embedding.embed import embed
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import AugmentParams, EmbedParams
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.manifest import BestEpoch, NetworkManifest, WeightSource
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.networks.outputs import Target, output_names
from lesion_pipeline.networks.params import Cut, ModelParams
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.preprocessing.preprocess import preprocess
from lesion_pipeline.records.manifest import Encoding
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.shards.execution import local
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.head import assemble
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import FineTuneParams, HeadParams, TrainParams
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.vocabulary import UNDIAGNOSED

SIZE = 64
COUNTS = {"train": 24, "val": 12, "test": 12}
MALIGNANT, BENIGN = ("mel", "bcc", "akiec"), ("nv", "bkl", "df", "vasc")
AUGMENT = AugmentParams(
    flips=True, quarter_turns=True, rotation_degrees=20, zoom=0.15, brightness=0.1, contrast=0.1
)
EMBED = EmbedParams(
    vectors=None,
    cut="top",
    features="multilevel",
    components=None,
    augmentations=2,
    augment_val=False,
    batch_size=8,
    seed=1,
    augment=AUGMENT,
)
TRAIN = TrainParams(
    target="diagnosis", folds=1, seeds=1, teacher=None, teacher_weight=0.5, balance="weights",
    epochs=6, batch_size=8, learning_rate=1e-3, warmup_epochs=1,
    weight_decay=0.01, class_weight_power=0.5, label_smoothing=0.1, averaging=0.9,
    batch_parts=1, patience=7,
    head=HeadParams(units=(16, 8), dropout=(0.2, 0.2, 0.1), batch_norm_momentum=0.9),
    fine_tune=FineTuneParams(epochs=0, layers=11, batch_size=8, learning_rate=1e-3), seed=1,
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


def make_records(folder: Path, diagnoses: bool = True, encoding: Encoding = "raw") -> Records:
    """Preprocess the tiny collection, with diagnoses or labelled benign and malignant only."""
    table = make_images(folder / "images")
    malignant = MALIGNANT if diagnoses else UNDIAGNOSED
    if not diagnoses:
        table["dx"] = np.take(CLASSES, table["label"])
    params = PreprocessParams(
        image_size=SIZE, resize="squash", encoding=encoding, images_per_shard=10, max_bad_fraction=0
    )
    target, execution = folder / "records", local(workers=2)
    with shard_folder(target, "key", execution) as partial:
        preprocess(table, malignant, folder / "images", partial, params, execution)
    return Records(target)


def make_backbone(arch: str) -> Network:
    """Build a backbone with the weights of an installed package, or random ones."""
    weights = "imagenet" if "lite" in arch else "random"
    return backbone(ModelParams(arch=arch, weights=weights, seed=1, kernels="portable"), SIZE)


def make_small_backbone() -> Network:
    """Build a backbone of four layers that counts as a frozen feature extractor."""
    network = make_backbone("simple_cnn")
    return Network(network.model, network.manifest.model_copy(update={"frozen": True}))


def make_embeddings(
    network: Network, records: Records, target: Path, cut: Cut = "top"
) -> EmbeddingStore:
    """Embed the tiny collection."""
    return embedded(network, records, target, EMBED.model_copy(update={"cut": cut}))


def embedded(
    network: Network, records: Records, target: Path, params: EmbedParams
) -> EmbeddingStore:
    """Embed a collection as the stage does."""
    execution, backbone = local(workers=2), target.with_name(f"{target.name}-backbone")
    backbone.mkdir(parents=True)
    network.save(backbone)
    with shard_folder(target, "key", execution) as partial:
        embed(backbone, records.folder, partial, params, execution)
    return EmbeddingStore(target)


def make_plan(
    network: Network, records: Records, embeddings: EmbeddingStore, **changes: Any
) -> Plan:
    """Plan a training of `network` with the parameters of TRAIN, some of them changed."""
    return Plan(network, embeddings, records, TRAIN.model_copy(update=changes))


def make_objective(target: Target) -> Objective:
    """Make up class weights and smoothing."""
    weights = np.linspace(0.75, 2.25, 2 if target == "binary" else 7, dtype=np.float32)
    return Objective(target, MALIGNANT, weights, label_smoothing=0.1)


def make_manifest(target: Target = "diagnosis", **changes: Any) -> NetworkManifest:
    """Make up the facts of a trained network, as if its head had been best."""
    objective = make_objective(target)
    facts = {
        "arch": "made_up",
        "weights": WeightSource(requested="random", origin="random", source="made up"),
        "image_size": SIZE,
        "stages": ("map",),
        "frozen": True,
        "parameters": 1,
        "kernels": "portable",
        "target": target,
        "outputs": output_names(target),
        "malignant": MALIGNANT,
        "cut": "top",
        "features": "multilevel",
        "total_parameters": 2,
        "trainable_parameters": {"head": 1},
        "class_weights": objective.named_weights(),
        "label_smoothing": objective.label_smoothing,
        "best": BestEpoch(epoch=1, phase="head", val_roc_auc=0.75, val_pr_auc=0.5),
        "epochs": 1,
    }
    return NetworkManifest(**facts | changes)


def make_untrained(network: Network, target: Target = "diagnosis") -> TrainedNetwork:
    """Put an untrained head on a backbone, with made-up facts of its training."""
    stored = EmbeddingManifest(
        cut="top", features="multilevel", shape=(1,), augmentations=0, augment=AUGMENT
    )
    keras.utils.set_random_seed(1)
    model = assemble(network, stored, TRAIN.head, make_objective(target))
    facts = dict(network.manifest) | {"total_parameters": model.count_params()}
    return TrainedNetwork(model, make_manifest(target, **facts))

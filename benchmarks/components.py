"""Train the head on principal components of the features, and on the features.

    python benchmarks/components.py                       # data/embeddings of this folder
    python benchmarks/components.py --components 256 --components 1024 --seed 1 --seed 2

Needs feature vectors (`embed.cut: top`, `embed.components: null`). Components are fitted and
computed as `embed` does it. Head, batches, optimiser, averaging and scores are those of the stage
train with params.yaml, but for components there is no dropout before the first layer; the best
epoch is chosen by PR-AUC on val, as there. Test is not read.

One row per training: the scores of its best epoch on val, and the seconds and the processor time
of an epoch, the scoring of val included.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from lesion_pipeline import paths
from lesion_pipeline.core.params import load_params
from lesion_pipeline.embedding.components import fit_components
from lesion_pipeline.features.components import ComponentMap
from lesion_pipeline.features.store import EMBEDDING_MANIFEST, EmbeddingStore
from lesion_pipeline.inference.run import run_network
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.tf.load import deterministic, keras
from lesion_pipeline.training.batches import StoredBatches
from lesion_pipeline.training.best import score
from lesion_pipeline.training.division import Division
from lesion_pipeline.training.draws import Draws
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.training.phases import make_optimizer
from lesion_pipeline.training.trainer import Trainer, TrainingConfig


def project(stored: EmbeddingStore, components: ComponentMap, folder: Path) -> None:
    """Write the components of train, its copies and val as `embed` writes them."""
    target, manifest = EmbeddingStore(folder), stored.manifest
    for split, copies in (("train", 1 + manifest.augmentations), ("val", 1)):
        for copy in range(copies):
            features = stored.load(split, copy)
            chunks = (features[i : i + 512] for i in range(0, len(features), 512))
            found = np.concatenate([components.of(chunk) for chunk in chunks])
            np.save(target.path(split, copy), found.astype(features.dtype))
    facts = {"shape": (components.count,), "components": components.count}
    manifest.model_copy(update=facts).write(folder / EMBEDDING_MANIFEST)


def train(stored: EmbeddingStore, records: RecordIndex, params: TrainParams) -> dict[str, float]:
    """Train a head; return val_roc_auc and val_pr_auc of the best epoch, and seconds per epoch."""
    deterministic(params.seed)
    division, truth = Division.of_splits(records), records.labels("val")
    objective = Objective.from_images(division.weighed["dx"], records.malignant, params)
    labels = objective.encode(division.trained["dx"])
    draws = Draws(labels, params.batch_size, params.seed, params.balance)
    batches = StoredBatches(stored, division, draws)
    reduced = stored.manifest.components is not None
    plain = build_head(stored.manifest.shape[0], params.head, params.target, scaled=reduced)
    head = keras.Model(plain.input, objective.correction.apply(plain.output), name="head")
    phase = params.first_phase()
    optimizer = make_optimizer(phase, batches.steps)
    config = TrainingConfig(optimizer, objective.loss(), phase.averaging, phase.batch_parts)
    trainer, best, ended = Trainer(head, batches, config), {"val_pr_auc": 0.0}, []
    for epoch in range(phase.epochs):
        trainer.epoch(epoch, iter)
        outputs = run_network(folded(head), batches.val(), cores())
        figures = score("head", truth, outputs, objective)
        best = max(best, figures, key=lambda each: each["val_pr_auc"])
        ended.append((time.perf_counter(), time.process_time()))
    epochs = max(len(ended) - 1, 1)  # without the first, which compiles
    wall, cpu = ((end - start) / epochs for start, end in zip(ended[0], ended[-1], strict=True))
    return best | {"seconds": wall, "cpu": cpu}


def main() -> None:
    """Print one row per training."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", type=int, action="append", help="default: 512 and 1024")
    parser.add_argument("--seed", type=int, action="append", help="default: that of params.yaml")
    parser.add_argument("--dropout", type=float, default=0.0, help="before it, for components")
    parsed = parser.parse_args()
    params = load_params("train", TrainParams)
    stored, records = EmbeddingStore(paths.EMBEDDINGS), RecordIndex(paths.RECORDS)
    counts = parsed.components or [512, 1024]
    maps = {count: timed_fit(stored, count) for count in counts}
    print(
        "| the head reads | seed | ROC-AUC, val | PR-AUC, val | s per epoch | of processor time |"
    )
    print("|---|---|---|---|---|---|")
    for seed in parsed.seed or [params.seed]:
        seeded = params.model_copy(update={"seed": seed})
        report(f"{stored.manifest.shape[0]} features", seed, train(stored, records, seeded))
        rates = (parsed.dropout, *params.head.dropout[1:])
        head = params.head.model_copy(update={"dropout": rates})
        for count, components in maps.items():
            with tempfile.TemporaryDirectory() as name:
                project(stored, components, Path(name))
                plan = seeded.model_copy(update={"head": head})
                found = train(EmbeddingStore(Path(name)), records, plan)
            report(f"{count} components", seed, found)


def timed_fit(stored: EmbeddingStore, count: int) -> ComponentMap:
    """Fit components, and print how long it took."""
    features, start = np.array(stored.load("train")), time.process_time()
    found = fit_components([features], len(features), count, seed=42)
    print(f"fitting {count} components took {time.process_time() - start:.1f} s of processor time")
    return found


def report(name: str, seed: int, found: dict[str, float]) -> None:
    """Print a row."""
    print(
        f"| {name} | {seed} | {found['val_roc_auc']:.4f} | {found['val_pr_auc']:.4f} "
        f"| {found['seconds']:.2f} | {found['cpu']:.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()

"""Train the head on whitened principal components of the features, and on the features.

    python benchmarks/components.py                       # data/embeddings of this folder
    python benchmarks/components.py --components 256 --components 1024 --seed 1 --seed 2

Needs feature vectors (`embed.cut: top`). Features are standardised, and the components are fitted
on the plain training images alone (randomised: Halko, Martinsson and Tropp 2011,
arXiv:0909.4061); all copies and val are projected. Head, batches, optimiser, averaging and scores
are those of the stage train with params.yaml; the best epoch is chosen by PR-AUC on val, as there.
Test is not read.

One row per training: the scores of its best epoch on val, and the seconds and the processor time
of an epoch, the scoring of val included.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from lesion_pipeline import paths
from lesion_pipeline.core.params import load_params
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

SMALLEST = 1e-6  # deviation of a feature that doesn't vary


@dataclass(frozen=True)
class Components:
    """Whitened principal components of standardised features.

    Attributes:
        mean: (features,), float32.
        deviation: (features,), float32.
        axes: (features, components), float32; divided by the deviation along each.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    axes: NDArray[np.float32]

    def of(self, features: NDArray[Any], count: int) -> NDArray[np.float32]:
        """Return the first components (images, count) of features (images, features)."""
        parts = [
            ((features[i : i + 512].astype(np.float32) - self.mean) / self.deviation)
            @ self.axes[:, :count]
            for i in range(0, len(features), 512)
        ]
        return np.concatenate(parts)


def fit(features: NDArray[Any], count: int) -> Components:
    """Fit the components to features (images, features)."""
    values = features.astype(np.float32)
    mean = values.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = values.std(axis=0, dtype=np.float64).astype(np.float32) + np.float32(SMALLEST)
    pca = PCA(min(count, *values.shape), whiten=True, svd_solver="randomized", random_state=0)
    pca.fit((values - mean) / deviation)
    scales = np.sqrt(np.maximum(pca.explained_variance_, SMALLEST))
    return Components(mean, deviation, (pca.components_.T / scales).astype(np.float32))


def project(stored: EmbeddingStore, components: Components, count: int, folder: Path) -> None:
    """Write the components of train, its copies and val as `embed` writes features."""
    target, manifest = EmbeddingStore(folder), stored.manifest
    for copy in range(1 + manifest.augmentations):
        found = components.of(stored.load("train", copy), count).astype(np.float16)
        np.save(target.path("train", copy), found)
    found = components.of(stored.load("val"), count)
    np.save(target.path("val"), found)
    manifest.model_copy(update={"shape": found.shape[1:]}).write(folder / EMBEDDING_MANIFEST)


def train(stored: EmbeddingStore, records: RecordIndex, params: TrainParams) -> dict[str, float]:
    """Train a head; return val_roc_auc and val_pr_auc of the best epoch, and seconds per epoch."""
    deterministic(params.seed)
    division, truth = Division.of_splits(records), records.labels("val")
    objective = Objective.from_images(division.weighed["dx"], records.malignant, params)
    labels = objective.encode(division.trained["dx"])
    draws = Draws(labels, params.batch_size, params.seed, params.balance)
    batches = StoredBatches(stored, division, draws)
    plain = build_head(stored.manifest.shape[0], params.head, params.target)
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
    parser.add_argument("--dropout", type=float, help="before the first layer, for the components")
    parsed = parser.parse_args()
    params = load_params("train", TrainParams)
    stored, records = EmbeddingStore(paths.EMBEDDINGS), RecordIndex(paths.RECORDS)
    counts = parsed.components or [512, 1024]
    start = time.perf_counter()
    components = fit(stored.load("train"), max(counts))
    print(f"fitting {max(counts)} components took {time.perf_counter() - start:.1f} s\n")
    print(
        "| the head reads | seed | ROC-AUC, val | PR-AUC, val | s per epoch | of processor time |"
    )
    print("|---|---|---|---|---|---|")
    for seed in parsed.seed or [params.seed]:
        seeded = params.model_copy(update={"seed": seed})
        report(f"{stored.manifest.shape[0]} features", seed, train(stored, records, seeded))
        if parsed.dropout is not None:
            rates = (parsed.dropout, *params.head.dropout[1:])
            head = params.head.model_copy(update={"dropout": rates})
            seeded = seeded.model_copy(update={"head": head})
        for count in counts:
            with tempfile.TemporaryDirectory() as name:
                project(stored, components, count, Path(name))
                found = train(EmbeddingStore(Path(name)), records, seeded)
            report(f"{count} components", seed, found)


def report(name: str, seed: int, found: dict[str, float]) -> None:
    """Print a row."""
    print(
        f"| {name} | {seed} | {found['val_roc_auc']:.4f} | {found['val_pr_auc']:.4f} "
        f"| {found['seconds']:.2f} | {found['cpu']:.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()

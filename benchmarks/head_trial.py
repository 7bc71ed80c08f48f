"""Time a trial of the head as a search runs it, and with what was done anew for each before.

    python benchmarks/head_trial.py
    python benchmarks/head_trial.py --epochs 2 --rounds 1

In a folder where `dvc repro embed` has run, with its params.yaml and embed.cut top. `anew` reads
the backbone for each trial, and folds and traces the network after each epoch; `kept` reads, folds
and traces once. Trials of both are run in turn, after one of each that isn't measured; their
predictions of val must be the same. Seconds are those of the processor, of all threads, and of the
clock; the shortest of all rounds.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import yaml
from numpy.typing import NDArray

from lesion_pipeline import paths
from lesion_pipeline.inference.run import run_network
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.kept import KeptBackbone
from lesion_pipeline.search.trial import TrialOutcome, run_trial

DATA = DataPaths(paths.RECORDS, paths.BACKBONE, paths.EMBEDDINGS)
Seconds = tuple[float, float]  # of the processor, of the clock


class ScorerAnew:
    """Folds and traces the network each time that it is scored."""

    def __init__(self, part: Any) -> None:
        """Score `part`."""
        self._part = part

    def outputs(self, batches: Iterator[Any]) -> NDArray[np.float32]:
        """Return the outputs (images, outputs)."""
        return run_network(folded(self._part), batches, cores())


def timed(tree: dict[str, Any], kept: KeptBackbone | None) -> tuple[Seconds, TrialOutcome]:
    """Run a trial, without what it prints."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        start = time.process_time(), time.perf_counter()
        outcome = run_trial(tree, DATA, Path(folder), lambda *_: None, kept)
        end = time.process_time(), time.perf_counter()
    return (end[0] - start[0], end[1] - start[1]), outcome


def anew(tree: dict[str, Any]) -> tuple[Seconds, TrialOutcome]:
    """Run a trial that keeps nothing."""
    with mock.patch("lesion_pipeline.training.loop.Scorer", ScorerAnew):
        return timed(tree, None)


def main() -> None:
    """Print one row for each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, help="default: train.epochs")
    parser.add_argument("--rounds", type=int, default=3, help="after one that isn't measured")
    parsed = parser.parse_args()
    tree = yaml.safe_load(paths.PARAMS.read_text(encoding="utf-8"))
    tree["train"]["epochs"] = parsed.epochs or tree["train"]["epochs"]
    kept = KeptBackbone()
    ways = {"anew": lambda: anew(tree), "kept": lambda: timed(tree, kept)}
    times: dict[str, list[Seconds]] = {name: [] for name in ways}
    outcomes = []
    for _ in range(parsed.rounds + 1):
        for name, run in ways.items():
            seconds, outcome = run()
            times[name].append(seconds)
            outcomes.append(outcome)
    same = all(found.predictions.equals(outcomes[0].predictions) for found in outcomes)
    print("| backbone, scoring | epochs | processor, s | clock, s |\n|---|---|---|---|")
    for name, found in times.items():
        processor, clock = (min(each) for each in zip(*found[1:], strict=True))
        print(f"| {name} | {outcomes[0].epochs} | {processor:.2f} | {clock:.2f} |")
    print(f"\nPredictions of val are {'the same' if same else 'NOT THE SAME'}.")


if __name__ == "__main__":
    main()

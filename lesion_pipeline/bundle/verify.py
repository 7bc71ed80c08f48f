"""Prove that every format of a bundle says of val what the figures were computed from."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.bundle.agreement import parity
from lesion_pipeline.bundle.formats import FILES, REDUCED, Format, FormatParams
from lesion_pipeline.bundle.runtimes import Predict, load_runtime
from lesion_pipeline.bundle.saved_model import load_servable
from lesion_pipeline.core.errors import DataError, ModelError
from lesion_pipeline.core.labels import DIAGNOSES, LABEL, PROBABILITY
from lesion_pipeline.progress import progress
from lesion_pipeline.records.tfrecords import Records

BATCH: Final = 64  # images that every format sees before the next are read


def prove(
    folder: Path, params: FormatParams, records: Records, predictions: pd.DataFrame,
    threshold: float,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Reload each format by its own runtime and compare it with the predictions of val.

    Args:
        folder: where the formats lie.
        params: which ones, and how far they may depart.
        records: the collection.
        predictions: of val, as the stage predict wrote them.
        threshold: of the decision.

    Returns:
        By format: file, bytes and what `score.parity` gives.

    Raises:
        ModelError: formats depart further than allowed; with the figures of all that do.
        BundleError: a file can't be loaded, or its runtime isn't installed.
        DataError: the predictions are of other images than val.
    """
    if predictions["image_id"].tolist() != records.index("val")["image_id"].tolist():
        raise DataError("the predictions are not of the images of val, or in another order")
    named = [name for name in DIAGNOSES if name in predictions] or [PROBABILITY]
    reference = predictions[named].to_numpy(np.float64)
    labels = predictions[LABEL].to_numpy(np.int64)
    runtimes = {kind: _load(folder, kind) for kind in params.formats}
    images = records.images("val").batch(BATCH).prefetch(1).as_numpy_iterator()
    steps = progress(images, -(-len(labels) // BATCH), "prove formats", "batch")
    found: dict[str, dict[str, Any]] = {}
    for kind, said in _outputs(runtimes, steps).items():
        try:
            figures = parity(labels, reference, said, records.malignant, threshold)
        except (DataError, ValueError) as error:
            raise ModelError(f"{FILES[kind]} is no use: {error}") from None
        found[kind] = {"file": FILES[kind], "bytes": _size(folder / FILES[kind]), **figures}
    _gate(found, params)
    return found


def _load(folder: Path, kind: Format) -> Predict:
    if kind != "saved_model":
        return load_runtime(folder, kind)
    return load_servable(folder / FILES[kind])  # our own, a moment old; never a stranger's


def _outputs(
    runtimes: dict[Format, Predict], batches: Iterable[NDArray[np.uint8]]
) -> dict[Format, NDArray[np.float32]]:
    said: dict[Format, list[NDArray[np.float32]]] = {kind: [] for kind in runtimes}
    for batch in batches:
        for kind, predict in runtimes.items():
            said[kind].append(predict(batch))
    return {kind: np.concatenate(parts) for kind, parts in said.items()}


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _gate(found: dict[str, dict[str, Any]], params: FormatParams) -> None:
    problems = []
    for kind, figures in found.items():
        moved, area = figures["max_probability_difference"], figures["roc_auc_difference"]
        if kind in REDUCED and area < -params.max_auc_drop:
            problems.append(f"{kind}: export.max_auc_drop is {params.max_auc_drop:g}")
        elif kind not in REDUCED and moved > params.max_probability_difference:
            limit = params.max_probability_difference
            problems.append(f"{kind}: export.max_probability_difference is {limit:g}")
        else:
            continue
        problems[-1] += (
            f", but on val probabilities move by up to {moved:.3g}, ROC-AUC by {area:+.3g}, "
            f"and {figures['agreement']:.2%} of the decisions stay"
        )
    if problems:
        raise ModelError("\n".join(problems))

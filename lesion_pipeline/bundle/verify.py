"""Verify that every format of a bundle gives the probabilities that all scores come from."""

from collections.abc import Iterator
from itertools import compress, islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.bundle.agreement import agreement
from lesion_pipeline.bundle.batching import Runtime
from lesion_pipeline.bundle.formats import FORMATS, SAFE, FormatName
from lesion_pipeline.bundle.params import FormatParams
from lesion_pipeline.bundle.results import FormatReport
from lesion_pipeline.bundle.runtimes import load_runtime
from lesion_pipeline.core.errors import DataError, ModelError
from lesion_pipeline.core.labels import DIAGNOSES, LABEL, PROBABILITY
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.records.tfrecords import Records

BATCH: Final = 64  # images that every format predicts before the next are read
Rows = NDArray[np.bool_]  # (images,): the images of val that are compared


def verify(
    folder: Path, params: FormatParams, records: Records, predictions: pd.DataFrame,
    threshold: float,
) -> dict[FormatName, FormatReport]:  # fmt: skip
    """Reload each format by its own runtime and compare it with the predictions for val.

    A format of full precision computes the same sums in another order, so what is wrong with it
    shows in any image, and `params.verified_images` are compared. What is lost by rounding differs
    from image to image: a format of reduced precision is compared on all of val.

    Args:
        folder: the bundle.
        params: its formats, and how far they may depart.
        records: the collection.
        predictions: for val, as the stage predict wrote them.
        threshold: of the decision.

    Returns:
        By format how near it comes, in bounds that are the same on every processor.

    Raises:
        ModelError: formats depart further than allowed; with the figures of all that do.
        BundleError: a file can't be loaded, or its runtime isn't installed.
        DataError: the predictions are for other images than val's.
    """
    if predictions["image_id"].tolist() != records.index("val")["image_id"].tolist():
        raise DataError("the predictions are not of the images of val, or in another order")
    columns = [name for name in DIAGNOSES if name in predictions] or [PROBABILITY]
    reference = predictions[columns].to_numpy(np.float64)
    labels = predictions[LABEL].to_numpy(np.int64)
    some, every = spread(labels, params.verified_images), np.ones(len(labels), bool)
    rows = {name: every if FORMATS[name].reduced else some for name in params.formats}
    reports: dict[FormatName, FormatReport] = {}
    for name, outputs in _outputs(folder, rows, records).items():
        file, compared = FORMATS[name].file, (labels[rows[name]], reference[rows[name]])
        try:
            found = agreement(*compared, outputs, records.malignant, threshold)
        except (DataError, ValueError) as error:
            raise ModelError(f"{file} is no use: {error}") from None
        size = _size(folder / file)
        reports[name] = FormatReport(file=file, bytes=size, **found.model_dump())
    _check_limits(reports, params)
    return {name: report.reported() for name, report in reports.items()}


def spread(labels: NDArray[np.int64], count: int) -> Rows:
    """Choose rows evenly over both classes, the first of the one and the last of the other.

    Args:
        labels: (images,), 0 or 1.
        count: how many, 2 or more; all if there are fewer.
    """
    chosen = np.zeros(len(labels), bool)
    count = min(count, len(labels))
    places = np.arange(count) * (len(labels) - 1) // max(count - 1, 1)
    chosen[np.argsort(labels, kind="stable")[places]] = True
    return chosen


def _outputs(
    folder: Path, rows: dict[FormatName, Rows], records: Records
) -> dict[FormatName, NDArray[np.float32]]:
    """Return the outputs of each format for its rows, in the order of `rows`."""
    runtimes = {name: _load(folder, name) for name in rows}
    outputs: dict[FormatName, NDArray[np.float32]] = {}
    for reduced in (False, True):
        names = [name for name in rows if FORMATS[name].reduced == reduced]
        if names:
            batches = _batches(records, rows[names[0]])
            outputs |= _predict({name: runtimes[name] for name in names}, batches)
    return {name: outputs[name] for name in rows}


def _batches(records: Records, rows: Rows) -> Iterator[NDArray[np.uint8]]:
    """Yield the images of val in these rows, a batch at a time, showing progress."""
    images = compress(records.images("val").as_numpy_iterator(), rows)
    count = -(-int(rows.sum()) // BATCH)
    stacked = iter(lambda: list(islice(images, BATCH)), [])
    return map(np.stack, progress(stacked, count, "verify formats", "batch"))


def _load(folder: Path, name: FormatName) -> Runtime:
    if name in SAFE:
        return load_runtime(folder, name)
    return FORMATS[name].module().load(folder / FORMATS[name].file)  # our own, just written


def _predict(
    runtimes: dict[FormatName, Runtime], batches: Iterator[NDArray[np.uint8]]
) -> dict[FormatName, NDArray[np.float32]]:
    outputs: dict[FormatName, list[Any]] = {name: [] for name in runtimes}
    for batch in batches:
        for name, run in runtimes.items():
            outputs[name].append(run(batch))
    return {name: np.concatenate(parts) for name, parts in outputs.items()}


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _check_limits(reports: dict[FormatName, FormatReport], params: FormatParams) -> None:
    departing = []
    for name, report in reports.items():
        limit = _exceeded(name, report, params)
        if limit:
            departing.append(
                f"{name}: export.{limit} is {getattr(params, limit):g}, but on {report.images} "
                f"images of val probabilities move by up to "
                f"{report.max_probability_difference:.3g}, ROC-AUC by "
                f"{report.roc_auc_difference:+.3g}, and {report.same_decisions:.2%} of the "
                "decisions stay"
            )
    if departing:
        raise ModelError("\n".join(departing))


def _exceeded(name: FormatName, report: FormatReport, params: FormatParams) -> str | None:
    """Return the name of the limit that a format exceeds."""
    if FORMATS[name].reduced:
        return "max_auc_drop" if report.roc_auc_difference < -params.max_auc_drop else None
    moved = report.max_probability_difference
    return "max_probability_difference" if moved > params.max_probability_difference else None

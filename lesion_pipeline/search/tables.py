"""All trials as a table, and the best of them for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lesion_pipeline.search.params import TITLES, ObjectiveName
from lesion_pipeline.search.record import TrialRecord
from lesion_pipeline.search.repeats import Repeated
from lesion_pipeline.search.space import Axis
from lesion_pipeline.search.ties import Difference
from lesion_pipeline.search.tree import in_words


def trial_table(
    records: Sequence[TrialRecord],
    axes: Sequence[Axis],
    differences: Mapping[int, Difference],
    repeated: Sequence[Repeated],
) -> pd.DataFrame:
    """Return one row per trial, by number.

    Returns:
        trial, state, the keys of the space, val_pr_auc, val_roc_auc, val_log_loss, epochs, same_as,
        reason; and of complete trials difference to the best, difference_low and difference_high
        (95 %), tied; of repeated ones seeds, mean and spread (standard deviation) of the objective.
    """
    again = {each.record.number: each for each in repeated}
    rows = [
        _row(record, axes) | _compared(differences, record) | _again(again.get(record.number))
        for record in records
    ]
    return pd.DataFrame(rows)


def _row(record: TrialRecord, axes: Sequence[Axis]) -> dict[str, Any]:
    drawn = {axis.key: _cell(axis, record) for axis in axes}
    figures = {
        f"val_{name}": record.figures.get(name) for name in ("pr_auc", "roc_auc", "log_loss")
    }
    return {
        "trial": record.number, "state": record.state, **drawn, **figures,
        "epochs": _text(record.epochs), "same_as": _text(record.same_as), "reason": record.reason,
    }  # fmt: skip


def _cell(axis: Axis, record: TrialRecord) -> Any:
    if axis.key not in record.drawn:
        return None
    value = axis.value(record.drawn[axis.key])
    return value if axis.span is not None else in_words(value)


def _compared(differences: Mapping[int, Difference], record: TrialRecord) -> dict[str, Any]:
    found = differences.get(record.source) if record.state == "complete" else None
    if found is None:
        return dict.fromkeys(("difference", "difference_low", "difference_high", "tied"))
    low, high = found.interval
    return {
        "difference": found.value, "difference_low": low, "difference_high": high,
        "tied": "yes" if found.tied else "no",
    }  # fmt: skip


def _again(repeated: Repeated | None) -> dict[str, Any]:
    if repeated is None:
        return dict.fromkeys(("seeds", "mean", "spread"))
    return {
        "seeds": str(len(repeated.figures)), "mean": repeated.mean, "spread": repeated.spread,
    }  # fmt: skip


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def best_table(
    repeated: Sequence[Repeated], differences: Mapping[int, Difference], objective: ObjectiveName
) -> pd.DataFrame:
    """Return the best trials, by the mean over their seeds, as text."""
    rows = []
    for each in repeated:
        found = differences.get(each.record.number)
        low, high = found.interval if found else (0.0, 0.0)
        spread = "" if each.spread is None else f" ± {each.spread:.4f}"
        rows.append(
            {
                "trial": str(each.record.number),
                f"val {TITLES[objective]}": f"{each.figures[0]:.4f}",
                "to the best (95 %)": f"{low:+.4f} to {high:+.4f}",
                "": "tied" if found and found.tied else "",
                f"mean of {len(each.figures)} seeds": f"{each.mean:.4f}{spread}",
                "values": ", ".join(f"{k}={in_words(v)}" for k, v in each.record.values.items()),
            }
        )
    return pd.DataFrame(rows)

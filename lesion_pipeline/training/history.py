"""The history of a training as tables for plots."""

from typing import Final

import pandas as pd

_KEYS: Final = ["phase", "in_phase"]


def history_tables(history: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables of plots/train: history, of several members their mean, and members.

    Args:
        history: one row per epoch: epoch, phase, loss and scores; of several members with a column
            member.

    Returns:
        By name. In the mean over members, an epoch counts those that came so far; members, the
        table as it was given, is there only if there are several.
    """
    if "member" not in history:
        return {"history": history}
    in_phase = history.groupby(["member", "phase"]).cumcount()
    by_epoch = history.assign(in_phase=in_phase).groupby(_KEYS, sort=False)
    mean = by_epoch.mean(numeric_only=True).drop(columns=["member", "epoch"]).reset_index()
    order = {phase: place for place, phase in enumerate(history["phase"].unique())}
    mean = mean.sort_values(_KEYS, key=lambda x: x.map(order) if x.name == "phase" else x)
    mean.insert(0, "epoch", range(1, len(mean) + 1))
    return {"history": mean.drop(columns="in_phase"), "members": history}

"""The training history."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lesion_pipeline.charts.style import panels, styled


@styled
def history_chart(history: pd.DataFrame, best: int) -> Figure:
    """Draw scores on val and the losses of train and val by epoch.

    Args:
        history: epoch (1, 2 ...), val_roc_auc, val_pr_auc, loss (of train) and val_log_loss.
            Of several members also member: each has a line of its own.
        best: the epoch that was kept; of several members the median.
    """
    figure, (scores, losses) = panels("Training", 92, 2, sharex=True)
    for axes, column, colour, label in (
        (scores, "val_roc_auc", "#4477AA", "ROC-AUC"),
        (scores, "val_pr_auc", "#228833", "PR-AUC"),
        (losses, "loss", "#777777", "train: weighted loss"),
        (losses, "val_log_loss", "#EE7733", "val: log loss"),
    ):
        for number, of_one in enumerate(_members(history)):
            shown = label if number == 0 else "_"  # a legend leaves out what begins with _
            axes.plot(of_one["epoch"], of_one[column], ".-", color=colour, label=shown)
    scores.set_ylabel("score on val")
    losses.set_ylabel("loss")
    losses.set_ylim(bottom=0)
    losses.set_xlabel("epoch")
    losses.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (scores, losses):
        axes.axvline(best, color="black", linewidth=0.8, label=f"kept: epoch {best}")
        axes.legend(loc="best")
    return figure


def _members(history: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the epochs of each member; of one network all."""
    if "member" not in history:
        return [history]
    return [of_one for _, of_one in history.groupby("member")]

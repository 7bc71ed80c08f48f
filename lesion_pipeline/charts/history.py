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
        best: the epoch that was kept.
    """
    figure, (scores, losses) = panels("Training", 92, 2, sharex=True)
    for axes, column, colour, label in (
        (scores, "val_roc_auc", "#4477AA", "ROC-AUC"),
        (scores, "val_pr_auc", "#228833", "PR-AUC"),
        (losses, "loss", "#777777", "train: weighted loss"),
        (losses, "val_log_loss", "#EE7733", "val: log loss"),
    ):
        axes.plot(history["epoch"], history[column], ".-", color=colour, label=label)
    scores.set_ylabel("score on val")
    losses.set_ylabel("loss")
    losses.set_ylim(bottom=0)
    losses.set_xlabel("epoch")
    losses.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (scores, losses):
        axes.axvline(best, color="black", linewidth=0.8, label=f"kept: epoch {best}")
        axes.legend(loc="best")
    return figure

"""The training history: scores above, losses below."""

import pandas as pd
from matplotlib.axes import Axes

from lesion_pipeline.charts.history import history_chart

HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2],
        "val_roc_auc": [0.6, 0.7],
        "val_pr_auc": [0.3, 0.4],
        "loss": [1.5, 1.0],
        "val_log_loss": [0.5, 0.25],
    }
)


def drawn(axes: Axes, line: int) -> list[list[float]]:
    x, y = axes.get_lines()[line].get_data()
    return [list(map(float, x)), list(map(float, y))]


def legend(axes: Axes) -> list[str]:
    found = axes.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_scores_and_losses_with_the_epoch_that_was_kept() -> None:
    scores, losses = history_chart(HISTORY, 2).axes
    assert drawn(scores, 0) == [[1, 2], [0.6, 0.7]] and drawn(scores, 1) == [[1, 2], [0.3, 0.4]]
    assert drawn(losses, 0) == [[1, 2], [1.5, 1.0]] and drawn(losses, 1) == [[1, 2], [0.5, 0.25]]
    assert drawn(scores, 2)[0] == drawn(losses, 2)[0] == [2, 2]
    assert legend(scores) == ["ROC-AUC", "PR-AUC", "kept: epoch 2"]
    assert legend(losses) == ["train: weighted loss", "val: log loss", "kept: epoch 2"]


def test_epochs_are_whole_numbers() -> None:
    figure = history_chart(HISTORY, 2)
    figure.draw_without_rendering()
    ticks = figure.axes[1].get_xticks()
    assert all(tick == int(tick) for tick in ticks)


def test_each_member_has_a_line_and_all_one_entry_in_the_legend() -> None:
    other = HISTORY.assign(member=2, val_roc_auc=[0.5, 0.8])
    scores, _ = history_chart(pd.concat([HISTORY.assign(member=1), other]), 2).axes
    assert drawn(scores, 0) == [[1, 2], [0.6, 0.7]] and drawn(scores, 1) == [[1, 2], [0.5, 0.8]]
    assert legend(scores) == ["ROC-AUC", "PR-AUC", "kept: epoch 2"]

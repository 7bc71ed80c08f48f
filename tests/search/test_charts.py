import numpy as np

from lesion_pipeline.search.charts import importance_chart, parallel_chart, search_history_chart
from tests.search.tiny_search import RATE, SMOOTHING, record

RECORDS = [
    record(0, 0.5), record(1, 0.7), record(2, 0.6),
    record(3, 0.4, state="pruned"), record(4, None),
]  # fmt: skip


def test_the_history_has_the_best_so_far() -> None:
    (axes,) = search_history_chart(RECORDS, "pr_auc").axes
    complete, pruned, best = axes.lines
    np.testing.assert_array_equal(complete.get_xydata(), [[0, 0.5], [1, 0.7], [2, 0.6]])
    np.testing.assert_array_equal(pruned.get_xydata(), [[3, 0.4]])
    assert list(best.get_ydata()) == [0.5, 0.7, 0.7]
    (axes,) = search_history_chart(RECORDS[:3], "log_loss").axes
    assert list(axes.lines[-1].get_ydata()) == [0.3, 0.3, 0.3]


def test_the_most_important_key_is_on_top() -> None:
    (axes,) = importance_chart({"a": 0.7, "b": 0.3}, "pr_auc").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert [bar.get_width() for bar in axes.patches] == [0.3, 0.7]


def test_each_complete_trial_is_a_line_and_the_best_is_drawn_last() -> None:
    figure = parallel_chart(RECORDS, (RATE, SMOOTHING), "pr_auc")
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    heights = [list(line.get_ydata()) for line in lines if line.get_zorder() > 0]
    assert len(heights) == 3
    assert heights[-1] == [np.log(0.002 / 0.0005) / np.log(10), 0.5]


def test_equal_figures_can_be_drawn() -> None:
    parallel_chart([record(0, 0.5)], (RATE, SMOOTHING), "pr_auc")

"""Curves draw what is in their tables, and name it in the legend."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lesion_pipeline.charts.curves import (
    calibration_chart,
    confusion_chart,
    decision_chart,
    distribution_chart,
    history_chart,
    operating_roc_chart,
    pr_chart,
    roc_chart,
    threshold_chart,
)

ROC = pd.DataFrame({"false_positive_rate": [0, 0.25, 1], "true_positive_rate": [0, 0.75, 1]})


def legend(axes: Axes) -> list[str]:
    found = axes.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def drawn(axes: Axes, line: int) -> list[list[float]]:
    x, y = axes.get_lines()[line].get_data()
    return [list(map(float, x)), list(map(float, y))]


def test_roc_curves_have_their_area_in_the_legend() -> None:
    axes = roc_chart({"val": ROC, "test": ROC[::2]}, {"val": 0.75, "test": 0.5}).axes[0]
    assert drawn(axes, 0) == [[0, 0.25, 1], [0, 0.75, 1]]
    assert drawn(axes, 1) == [[0, 1], [0, 1]]
    assert legend(axes) == ["val: ROC-AUC 0.750", "test: ROC-AUC 0.500", "chance"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("1 - specificity", "sensitivity")


def test_precision_and_recall_beside_the_prevalence() -> None:
    table = pd.DataFrame({"recall": [1, 0.5, 0], "precision": [0.25, 0.5, 1]})
    axes = pr_chart({"test": table}, {"test": 0.625}, 0.2).axes[0]
    assert drawn(axes, 0) == [[1, 0.5, 0], [0.25, 0.5, 1]]
    assert drawn(axes, 1)[1] == [0.2, 0.2]
    assert legend(axes) == ["test: PR-AUC 0.625", "chance (test): 0.200"]


def test_confusion_matrices_have_the_truth_in_rows() -> None:
    counts = {
        "val": {"tn": 8, "fp": 2, "fn": 1, "tp": 3},
        "test": {"tn": 1, "fp": 0, "fn": 0, "tp": 1},
    }
    figure = confusion_chart(counts, 0.25)
    assert figure.get_suptitle() == "Confusion matrix at probability >= 0.25"
    val, test = figure.axes
    assert [text.get_text() for text in val.texts] == ["8", "2", "1", "3"]
    np.testing.assert_allclose(val.images[0].get_array(), [[0.8, 0.2], [0.25, 0.75]])
    assert [axes.get_title() for axes in figure.axes] == ["val", "test"]
    assert (val.get_xlabel(), val.get_ylabel()) == ("predicted", "truth")
    assert [label.get_text() for label in test.get_xticklabels()] == ["benign", "malignant"]


def test_calibration_before_and_after() -> None:
    table = pd.DataFrame(
        {"predicted": [0.1, 0.8], "observed": [0.2, 0.6], "low": 0.05, "high": 0.9}
    )
    left, right = calibration_chart({"val": table, "test": table}, table[:1]).axes
    assert drawn(left, 0) == [[0.1, 0.8], [0.2, 0.6]]
    assert drawn(right, 0) == [[0.1], [0.2]]
    assert legend(left) == ["val", "test", "perfect"] and legend(right) == ["test", "perfect"]
    assert left.collections[0].get_segments()[0][:, 1].tolist() == [0.05, 0.9]


def test_histograms_are_fractions_of_each_class() -> None:
    table = pd.DataFrame({"low": [0, 0.5], "high": [0.5, 1], "benign": [3, 1], "malignant": [0, 2]})
    axes = distribution_chart({"val": table, "test": table}).axes[0]
    values, edges, _ = axes.patches[0].get_data()
    assert (values.tolist(), list(edges)) == ([0.75, 0.25], [0, 0.5, 1])
    assert legend(axes) == ["benign (4)", "malignant (2)"]


def test_net_benefit_of_the_policies_in_the_table() -> None:
    table = pd.DataFrame(
        {"threshold": [0.1, 0.5], "network": [0.2, 0.1], "all": [0.1, -2], "none": 0}
    )
    axes = decision_chart({"val": table, "test": table}).axes[1]
    assert legend(axes) == ["network", "all", "none"]
    assert drawn(axes, 0) == [[0.1, 0.5], [0.2, 0.1]]
    np.testing.assert_allclose(axes.get_ylim(), (-0.05, 0.22))


def test_rates_against_the_threshold() -> None:
    columns = {
        "sensitivity": [1, 0.5],
        "specificity": [0.2, 0.9],
        "ppv": [0.3, 0.6],
        "npv": [1, 0.8],
    }
    axes = threshold_chart(pd.DataFrame({"threshold": [0.1, 0.6], **columns}), 0.25).axes[0]
    for line, values in enumerate(columns.values()):
        assert drawn(axes, line) == [[0.1, 0.6], values]
    assert drawn(axes, 4)[0] == [0.25, 0.25]
    assert legend(axes) == ["sensitivity", "specificity", "PPV", "NPV", "chosen: 0.25"]
    assert axes.get_xscale() == "logit"


def test_the_operating_point_and_its_intervals() -> None:
    point = {
        "sensitivity": 0.75, "sensitivity_interval": [0.5, 0.9],
        "specificity": 0.8, "specificity_interval": [0.7, 1.0],
    }  # fmt: skip
    axes = operating_roc_chart({"val": ROC}, {"val": point}).axes[0]
    assert legend(axes)[-1] == "val: sensitivity 0.750, specificity 0.800"
    (bars,) = axes.containers
    marker, _, (across, up) = bars
    np.testing.assert_allclose(np.ravel(marker.get_data()).astype(float), [0.2, 0.75])
    np.testing.assert_allclose(across.get_segments()[0][:, 0], [0, 0.3])  # 1 - specificity
    np.testing.assert_allclose(up.get_segments()[0][:, 1], [0.5, 0.9])


def test_training_history_with_the_epoch_that_was_kept() -> None:
    history = pd.DataFrame(
        {"epoch": [1, 2], "val_roc_auc": [0.6, 0.7], "val_pr_auc": [0.3, 0.4], "loss": [1.5, 1.0]}
    )
    scores, loss = history_chart(history, 2).axes
    assert drawn(scores, 0) == [[1, 2], [0.6, 0.7]] and drawn(scores, 1) == [[1, 2], [0.3, 0.4]]
    assert drawn(scores, 2)[0] == [2, 2] and drawn(loss, 0) == [[1, 2], [1.5, 1.0]]
    assert legend(scores) == ["ROC-AUC (val)", "PR-AUC (val)", "kept: epoch 2", "loss (train)"]

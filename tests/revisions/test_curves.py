"""Charts of two revisions over each other."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.curves import curves, history

# Malignant .75, .25 and benign .5, .125: one pair of four is out of order; then none.
ONE = pd.DataFrame({"label": [1, 1, 0, 0], "probability": [0.75, 0.25, 0.5, 0.125]})
TWO = ONE.assign(probability=[0.75, 0.625, 0.5, 0.125])
PAIR = [("main", ONE), ("mine", TWO)]
EPOCHS = pd.DataFrame(
    {"epoch": [1, 2], "val_roc_auc": [0.5, 0.75], "val_pr_auc": [0.25, 0.5], "loss": [2.0, 1.0]}
)


@pytest.fixture(scope="module")
def drawn() -> dict[str, Figure]:
    return curves({"val": PAIR, "test": PAIR})


def legends(figure: Figure) -> list[list[str]]:
    return [[text.get_text() for text in legend.texts] for legend in figure.legends]


def test_one_chart_per_curve_with_one_panel_per_split(drawn: dict[str, Figure]) -> None:
    assert list(drawn) == ["roc", "precision_recall", "calibration"]
    for figure in drawn.values():
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["val", "test"]


def test_the_legend_names_revisions_and_scores(drawn: dict[str, Figure]) -> None:
    worse = TWO.assign(probability=[0.75, 0.0, 0.5, 0.125])
    figures = curves({"val": PAIR, "test": [("main", TWO), ("mine", worse)]})
    assert legends(figures["roc"]) == [
        ["main: val 0.750, test 1.000", "mine: val 1.000, test 0.500"]
    ]
    assert figures["roc"].legends[0].get_title().get_text() == "ROC-AUC"
    # Precision is 1/1 and 2/3 at the two malignant images: (1 + 2/3) / 2; then 1/1 and 2/4.
    assert legends(figures["precision_recall"]) == [
        ["main: val 0.833, test 1.000", "mine: val 1.000, test 0.750"]
    ]
    assert legends(figures["calibration"]) == [["main", "mine"]]


def test_lines_are_the_curves_worked_by_hand(drawn: dict[str, Figure]) -> None:
    first, second, diagonal = drawn["roc"].axes[0].get_lines()
    points = np.column_stack([first.get_xdata(), first.get_ydata()])
    assert points.tolist() == [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]
    assert (0, 1) in zip(second.get_xdata(), second.get_ydata(), strict=True)
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    assert len(drawn["precision_recall"].axes[0].get_lines()) == 2  # no diagonal
    assert first.get_linewidth() > second.get_linewidth()  # both are visible where they are equal


def test_the_history_of_both_by_epoch() -> None:
    figure = history([("main", EPOCHS), ("mine", EPOCHS.iloc[:1])])
    assert legends(figure) == [["main", "mine"]]
    roc_auc, pr_auc = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["ROC-AUC", "PR-AUC"]
    assert roc_auc.get_lines()[0].get_ydata().tolist() == [0.5, 0.75]
    assert pr_auc.get_lines()[0].get_ydata().tolist() == [0.25, 0.5]
    assert pr_auc.get_lines()[1].get_xdata().tolist() == [1]


def test_one_class_can_not_be_drawn() -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[1\]$"):
        curves({"val": [("main", ONE.assign(label=1)), ("mine", TWO)]})


def test_charts_are_as_wide_as_all_others(drawn: dict[str, Figure]) -> None:
    for figure in (*drawn.values(), history([("main", EPOCHS), ("mine", EPOCHS)])):
        assert round(25.4 * figure.get_figwidth()) == 85  # mm: a journal's column

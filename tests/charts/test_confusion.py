"""Confusion matrices: counts and percentages, the truth in rows."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lesion_pipeline.charts.confusion import confusion_chart, confusion_diagnoses_chart

COUNTS = {
    "val": {"tn": 8, "fp": 2, "fn": 1, "tp": 3},
    "test": {"tn": 1, "fp": 0, "fn": 0, "tp": 1},
}


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_decisions_at_the_threshold_by_split() -> None:
    figure = confusion_chart(COUNTS, 0.25)
    assert figure.get_suptitle() == "Confusion matrix at the threshold 0.25"
    val, test = figure.axes
    assert texts(val) == ["8\n80%", "2\n20%", "1\n25%", "3\n75%"]
    assert texts(test) == ["1\n100%", "0", "0", "1\n100%"]
    np.testing.assert_allclose(val.collections[0].get_array(), [[0.8, 0.2], [0.25, 0.75]])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["val, n = 14", "test, n = 2"]
    assert (val.get_xlabel(), val.get_ylabel()) == ("predicted", "truth")
    assert [label.get_text() for label in test.get_xticklabels()] == ["benign", "malignant"]
    assert val.yaxis_inverted()  # the first row above, as it is read


def test_diagnoses_with_a_small_part_and_a_row_without_images() -> None:
    table = pd.DataFrame(
        {"actual": ["bcc", "mel", "nv"], "bcc": [0, 0, 1], "mel": [0, 3, 0], "nv": [0, 1, 999]}
    )
    figure = confusion_diagnoses_chart(table, "test")
    assert figure.get_suptitle() == "Most probable diagnosis, test, n = 1,004"
    axes = figure.axes[0]
    assert texts(axes) == ["0", "0", "0", "0", "3\n75%", "1\n25%", "1\n<1%", "0", "999\n100%"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bcc", "mel", "nv"]

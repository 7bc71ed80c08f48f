import pandas as pd

from lesion_pipeline.charts.external import external_chart
from lesion_pipeline.charts.style import COLOURS


def test_a_line_and_an_operating_point_for_each_collection() -> None:
    roc = pd.DataFrame({"false_positive_rate": [0, 0.5, 1], "true_positive_rate": [0, 0.9, 1]})
    bins = pd.DataFrame({"predicted": [0.1, 0.6], "observed": [0.2, 0.5], "low": 0.0, "high": 0.9})
    names = ("test", "clinic", "isic2018_test")
    figure = external_chart(
        dict.fromkeys(names, roc), dict.fromkeys(names, bins), dict.fromkeys(names, (0.9, 0.5))
    )
    left, right = figure.axes
    texts = [text.get_text() for text in left.get_legend().get_texts()]
    assert texts == [f"{name}: 0.90, 0.50" for name in names]
    points = [line for line in left.get_lines() if line.get_marker() == "o"]
    assert all(point.get_xydata().tolist() == [[0.5, 0.9]] for point in points)
    colours = [point.get_color() for point in points]
    assert colours[0] == COLOURS["test"] and len(set(colours)) == 3
    assert [text.get_text() for text in right.get_legend().get_texts()] == list(names)

"""The flow diagram."""

from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lesion_pipeline.charts.flow import flow_chart
from lesion_pipeline.core.files import write_figures
from lesion_pipeline.scores.flow import LeftOut, LesionFlow, LesionGroup
from lesion_pipeline.scores.results import Validation
from tests.clinic import CLINIC


def group(images: int, lesions: int) -> LesionGroup:
    return LesionGroup(images=images, lesions=lesions)


SPLITS = {
    "train": {"benign": group(1200, 700), "malignant": group(300, 150)},
    "val": {"benign": group(200, 150), "malignant": group(60, 30)},
    "test": {"benign": group(210, 155), "malignant": group(61, 31)},
}
ALL = LesionFlow(
    source="A clinic", collection=group(2031, 1216), merged=0, left_out=(), lost=0, splits=SPLITS
)
LONG = "can't be decoded: image file is truncated (14 bytes not processed) or worse"
SOME_LEFT_OUT = LesionFlow(
    source="A clinic with a long name " * 4,
    collection=group(2036, 1222),
    merged=2,
    left_out=(LeftOut(reason=LONG, images=4), LeftOut(reason="no such file", images=1)),
    lost=4,
    splits=SPLITS,
)
NONE = Validation(collections={})


def texts(figure: Figure) -> list[str]:
    return [" ".join(text.get_text().split()) for text in figure.axes[0].texts if text.get_text()]


def test_each_box_has_its_numbers() -> None:
    collection, left_out, used, train, val, test = texts(flow_chart(ALL, NONE))
    assert collection == "Collection: A clinic 1,216 lesions, 2,031 images"
    assert left_out == "Left out: none"
    assert used == "Used 1,216 lesions, 2,031 images"
    assert train.startswith("train: 850 lesions, 1,500 images benign: 700 lesions, 1,200 images")
    assert "malignant: 30 lesions, 60 images" in val
    assert test.endswith("reported only")


def test_what_was_left_out_is_said_with_its_reason() -> None:
    left_out = texts(flow_chart(SOME_LEFT_OUT, NONE))[1]
    assert left_out == (
        f"Left out: 4 lesions, 5 images {LONG}: 4 no such file: 1 "
        "Merged: 2 ids of lesions known by another id"
    )


@pytest.mark.parametrize("flow", [ALL, SOME_LEFT_OUT], ids=["all", "some left out"])
def test_text_lies_in_its_box_and_boxes_lie_apart(flow: LesionFlow) -> None:
    figure = flow_chart(flow, NONE)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [box.get_window_extent() for box in axes.patches if isinstance(box, Rectangle)]
    shown = [text.get_window_extent() for text in axes.texts if text.get_text()]
    assert len(boxes) == len(shown) == 6
    for box, text in zip(boxes, shown, strict=True):
        assert box.x0 < text.x0 and text.x1 < box.x1 and box.y0 < text.y0 and text.y1 < box.y1
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(figure.bbox.x0 < box.x0 and box.x1 < figure.bbox.x1 for box in boxes)


def test_other_collections_have_a_box_each() -> None:
    figure = flow_chart(ALL, Validation(collections={"clinic": CLINIC, "hospital": CLINIC}))
    clinic, hospital = texts(figure)[6:]
    assert clinic == (
        "Other collection, clinic: 900 lesions (200 malignant), 1,200 images left out: 1 images "
        "that look like one of the collection itself, 0 that could not be read"
    )
    assert hospital.startswith("Other collection, hospital")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [box.get_window_extent() for box in axes.patches if isinstance(box, Rectangle)]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert min(box.y0 for box in boxes) > figure.bbox.y0


def test_two_pictures_are_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_figures(tmp_path / name, {"flow": flow_chart(SOME_LEFT_OUT, NONE)})
    one, two = ((tmp_path / name / "flow.png").read_bytes() for name in ("one", "two"))
    assert one == two

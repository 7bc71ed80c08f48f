"""What became of the lesions: nothing is lost between the boxes of the flow diagram."""

from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.scores.flow import LeftOut, LesionFlow, LesionGroup
from lesion_pipeline.summary.flow import lesion_flow

TABLE = pd.DataFrame(
    {
        "image_id": list("abcdefgh"),
        "lesion_id": ["1", "1", "2", "3", "3", "4", "5", "6"],
        "label": [1, 1, 0, 0, 0, 1, 0, 1],
        "split": ["train", "train", "train", "val", "val", "val", "test", "test"],
    }
)
BAD = {"b": "no such file", "c": "no such file", "g": "grey"}  # lesions 2 and 5 have no other image


def found(bad: dict[str, str], lesions: int = 6) -> LesionFlow:
    return lesion_flow(TABLE, bad, "a clinic", lesions)


def test_lesions_and_images_by_hand() -> None:
    flow = found(BAD, lesions=8)
    assert flow.collection == LesionGroup(images=8, lesions=8)
    assert (flow.merged, flow.lost) == (2, 2)
    assert flow.left_out == (
        LeftOut(reason="no such file", images=2),
        LeftOut(reason="grey", images=1),
    )
    assert flow.splits["train"] == {
        "benign": LesionGroup(images=0, lesions=0),
        "malignant": LesionGroup(images=1, lesions=1),
    }
    assert flow.splits["val"]["benign"] == LesionGroup(images=2, lesions=1)


@pytest.mark.parametrize("bad", [{}, BAD, dict.fromkeys("abcdefg", "x")])
def test_every_lesion_and_image_is_in_one_box(bad: dict[str, str]) -> None:
    flow = found(bad, lesions=7)
    used = flow.used()
    assert flow.collection.images == used.images + sum(each.images for each in flow.left_out)
    assert flow.collection.lesions == used.lesions + flow.merged + flow.lost


def test_rare_reasons_are_counted_together() -> None:
    bad = dict(zip("abcdefgh", "zzyyvwxw", strict=True))
    assert [(each.reason, each.images) for each in found(bad).left_out] == [
        ("w", 2), ("y", 2), ("z", 2), ("v", 1), ("other reasons", 1),
    ]  # fmt: skip


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    found(BAD).write(tmp_path / "flow.json")
    assert LesionFlow.read(tmp_path / "flow.json") == found(BAD)

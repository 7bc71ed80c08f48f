"""Which examples are shown, and how much of the evidence lies on the lesion."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lesion_pipeline.explanation.explain import (
    Examples,
    ShownImages,
    _clearest,
    explain,
    fractions_inside,
    lesion_focus,
)
from lesion_pipeline.explanation.maps import Explainer
from lesion_pipeline.records.tfrecords import Records
from tests import tiny
from tests.serve.pictures import draw

TEST = pd.DataFrame(
    {
        "image_id": list("abcdefg"),
        "lesion_id": ["1", "2", "3", "4", "5", "6", "2"],
        "dx": ["mel", "mel", "mel", "nv", "nv", "nv", "mel"],
        "label": [1, 1, 1, 0, 0, 0, 1],
        "probability": [0.9, 0.95, 0.1, 0.8, 0.2, 0.05, 0.93],  # the last is the second's lesion
    }
)


@pytest.mark.parametrize(
    ("case", "rows"),
    [
        ("true_positive", [1, 0]),
        ("false_negative", [2]),
        ("false_positive", [3]),
        ("true_negative", [5, 4]),
    ],
)
def test_the_clearest_come_first_each_of_another_lesion(case: str, rows: list[int]) -> None:
    assert _clearest(TEST, 0.5, case, 2) == rows


def test_the_examples_are_listed_by_case() -> None:
    found = Examples.choose(TEST, 0.5, 2).table()
    assert list(found) == ["case", "image_id", "lesion_id", "dx", "probability"]
    assert found["image_id"].tolist() == ["b", "a", "c", "d", "f", "e"]
    assert found["case"].tolist()[:3] == ["true_positive", "true_positive", "false_negative"]


@pytest.fixture
def explainer() -> Explainer:
    return Explainer(tiny.make_untrained(tiny.make_small_backbone()), 1)


@pytest.mark.slow
def test_a_figure_for_each_case(explainer: Explainer, records: Records, tmp_path: Path) -> None:
    test = records.index("test").assign(probability=[0.9] * 6 + [0.8] * 6)
    for number, image_id in enumerate(test["image_id"]):
        draw(tmp_path / f"{image_id}.png", number)
    shown, chosen = ShownImages(tmp_path, "squash", drawn=True), Examples.choose(test, 0.5, 2)
    figures = explain(explainer, records, chosen, shown)
    assert sorted(figures) == ["false_negative", "false_positive", "true_negative", "true_positive"]
    assert len(figures["true_positive"].axes) == 2 * 3 + 1  # and the colours' scale
    title = "true positive: malignant, called malignant (threshold 0.5), the highest probabilities"
    assert figures["true_positive"].get_suptitle() == f"{title} on test"
    # All are called malignant, so a case without images is one in words.
    assert not figures["false_negative"].axes
    assert figures["false_negative"].get_suptitle() == (
        "No false negative on test: no malignant image is called benign (threshold 0.5)"
    )
    hidden = ShownImages(tmp_path / "none", "squash", drawn=False)
    assert explain(explainer, records, chosen, hidden) == {}


def test_the_fraction_inside_by_hand() -> None:
    maps = np.array([[[1, 1], [0, 2]], [[0, 0], [0, 0]]], np.float32)
    lesions = np.array([[[True, False], [False, True]]] * 2)
    assert fractions_inside(maps, lesions) == [0.75, 0.0]


@pytest.mark.slow
def test_evidence_is_compared_with_the_lesion_s_mask(
    explainer: Explainer, records: Records, tmp_path: Path
) -> None:
    ids = records.index("val")["image_id"].tolist()
    for number, image_id in enumerate(ids[:-1]):  # one has none
        mask = np.zeros((60, 80, 3), np.uint8)
        mask[:, : 80 if number % 2 else 40] = 255
        Image.fromarray(mask).save(tmp_path / f"{image_id}.png")
    found = lesion_focus(explainer, records, tmp_path, "squash")
    assert found.images == len(ids) - 1
    halves = [0.5, 1.0] * len(ids)
    assert found.lesion_area == pytest.approx(np.mean(halves[: len(ids) - 1]), abs=0.02)
    images = np.stack(list(records.images("val").as_numpy_iterator()))[: len(ids) - 1]
    maps = explainer.evidence(images)
    wanted = [
        part[:, : tiny.SIZE if number % 2 else tiny.SIZE // 2].sum() / part.sum()
        for number, part in enumerate(maps)
    ]
    assert found.evidence_inside == pytest.approx(np.mean(wanted), abs=0.02)


def test_without_masks_nothing_is_computed(
    explainer: Explainer, records: Records, tmp_path: Path
) -> None:
    found = lesion_focus(explainer, records, tmp_path / "none", "squash")
    assert found.model_dump() == {"images": 0, "evidence_inside": None, "lesion_area": None}

"""Images side by side."""

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.charts.gallery import contact_chart, examples_chart


def picture(value: int) -> NDArray[np.uint8]:
    return np.full((4, 4, 3), value, dtype=np.uint8)


def test_examples_are_one_row_for_each_diagnosis() -> None:
    examples = {"mel": [picture(1), picture(2)], "nv": [picture(3)], "df": []}
    figure = examples_chart(examples, "Title")
    assert figure.get_suptitle() == "Title"
    assert len(figure.axes) == 3 * 2  # two columns, as many as the fullest row needs
    drawn = [[image.get_array()[0, 0, 0] for image in axes.images] for axes in figure.axes]
    assert drawn == [[1], [2], [3], [], [], []]
    names = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert names == ["mel", "nv", "df"]


def test_a_contact_sheet_has_six_columns_and_a_caption_for_each_image() -> None:
    captions = [f"number {n}" for n in range(8)]
    figure = contact_chart([picture(n) for n in range(8)], captions, "Title")
    shown = [axes for axes in figure.axes if axes.images]
    assert len(figure.axes) == 12 and len(shown) == 8
    assert [axes.get_title() for axes in shown] == captions
    assert [axes.images[0].get_array()[0, 0, 0] for axes in shown] == list(range(8))


def test_few_images_need_no_empty_cells() -> None:
    assert len(contact_chart([picture(1)], ["one"], "Title").axes) == 1


def test_images_are_shown_in_4_to_3() -> None:
    axes = contact_chart([picture(1)], ["one"], "Title").axes[0]
    assert axes.images[0].get_extent() == [0, 4, 0, 3]

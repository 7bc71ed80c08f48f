"""Images side by side."""

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.charts.gallery import ImagePair, contact_chart, examples_chart, pairs_chart


def picture(value: int) -> NDArray[np.uint8]:
    return np.full((4, 4, 3), value, dtype=np.uint8)


def test_examples_are_one_row_for_each_diagnosis_that_has_any() -> None:
    examples = {"mel": [picture(1), picture(2)], "df": [], "nv": [picture(3)]}
    figure = examples_chart(examples, "Title")
    assert figure.get_suptitle() == "Title\nNo image of: df"
    assert len(figure.axes) == 2 * 2  # two columns, as many as the fullest row needs
    drawn = [[image.get_array()[0, 0, 0] for image in axes.images] for axes in figure.axes]
    assert drawn == [[1], [2], [3], []]
    names = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert names == ["mel", "nv"]


def test_the_names_of_rows_lie_beside_the_images_not_over_them() -> None:
    figure = examples_chart({"mel": [picture(1)], "nv": [picture(2)]}, "Title")
    figure.draw_without_rendering()
    for axes in figure.axes:
        text = axes.texts[0].get_window_extent()
        assert text.x1 < axes.get_window_extent().x0
        assert not any(text.overlaps(other.get_window_extent()) for other in figure.axes)
        assert text.x0 >= 0


def test_no_examples_at_all_is_said() -> None:
    assert examples_chart({"mel": []}, "Title").get_suptitle() == "Title\nNo image of: mel"


def test_pairs_are_three_in_a_row() -> None:
    pair = ImagePair((picture(1), picture(2)), "a pair", ("one", "two"))
    figure = pairs_chart([pair] * 4, "Title")
    assert [cell.get_suptitle() for cell in figure.subfigs] == ["a pair"] * 4 + [""] * 2
    drawn = [axes.images[0].get_array()[0, 0, 0] for axes in figure.subfigs[3].axes]
    assert drawn == [1, 2]


def test_the_captions_of_a_pair_lie_on_its_ground() -> None:
    pair = ImagePair((picture(1), picture(2)), "one\nline more", ("a lesion\nnv, train", "b\nc"))
    for count in (1, 5):
        figure = pairs_chart([pair] * count, "Title\nin two lines")
        figure.draw_without_rendering()
        for cell in figure.subfigs[:count]:
            for axes in cell.axes:
                text = axes.texts[0].get_window_extent()
                assert cell.bbox.y0 <= text.y0 and text.y1 <= axes.get_window_extent().y0


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

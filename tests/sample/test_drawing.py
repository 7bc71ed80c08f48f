"""A picture is a function of lesion, diagnosis, view and seed."""

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sample import drawing
from lesion_pipeline.sample.drawing import draw_sample_image, draw_sample_mask


def draw(lesion: str = "a", dx: str = "mel", view: int = 0, seed: int = 1) -> np.ndarray:
    return draw_sample_image(lesion, dx, view, seed)


def test_an_image_is_a_function_of_its_four_arguments() -> None:
    image = draw()
    assert image.shape == (450, 600, 3) and image.dtype == np.uint8
    np.testing.assert_array_equal(draw(), image)
    for other in (draw(lesion="b"), draw(dx="nv"), draw(view=1), draw(seed=2)):
        assert (other != image).any()


def test_an_unknown_diagnosis_is_refused() -> None:
    with pytest.raises(DataError, match="unknown dx 'wart', expected one of akiec, bcc, bkl"):
        draw(dx="wart")


def colours(image: np.ndarray) -> np.ndarray:
    """Mean colour on a coarse grid over the middle of the image, where the lesion is."""
    middle = image[105:345, 160:440].astype(float).reshape(4, 60, 4, 70, 3)
    return middle.mean(axis=(1, 3)).ravel()


@pytest.mark.slow
def test_views_of_a_lesion_are_more_alike_than_lesions() -> None:
    pairs = [[colours(draw(lesion, "mel", view)) for view in (0, 1)] for lesion in "abcd"]
    same = np.mean([np.abs(one - other).mean() for one, other in pairs])
    different = np.mean(
        [np.abs(pairs[i][0] - pairs[j][1]).mean() for i in range(4) for j in range(4) if i != j]
    )
    assert same < 0.7 * different


def test_skin_lesion_and_hair_are_those_of_the_lesion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only how it is photographed differs between views."""
    seen: list[np.ndarray] = []
    photograph = drawing.photograph

    def noted(rng: np.random.Generator, rgb: np.ndarray) -> np.ndarray:
        seen.append(rgb.copy())
        return photograph(rng, rgb)

    monkeypatch.setattr(drawing, "photograph", noted)
    pictures = [draw_sample_image(lesion, "mel", view, 1)
                for lesion, view in (("one", 0), ("one", 1), ("two", 0))]  # fmt: skip
    np.testing.assert_array_equal(seen[0], seen[1])
    assert (pictures[0] != pictures[1]).any() and (seen[0] != seen[2]).any()


def test_the_mask_is_where_the_lesion_differs_from_the_skin() -> None:
    """Views without hair, ruler and bubbles aren't needed: of ten, most are darker inside."""
    darker = 0
    for number in range(10):
        arguments = (f"L{number}", "mel", number % 2, 5)
        mask, image = draw_sample_mask(*arguments), draw_sample_image(*arguments)
        assert mask.shape == image.shape[:2] and set(np.unique(mask)) == {0, 255}
        inside = mask == 255
        assert 0.02 < inside.mean() < 0.8
        darker += image[inside].mean() < image[~inside].mean() - 5
    assert darker >= 8

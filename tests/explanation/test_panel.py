import numpy as np

from lesion_pipeline.explanation.panel import ExplainedImage, panel


def test_maps_lie_over_the_image_at_its_own_resolution() -> None:
    pixels = np.full((30, 40, 3), 200, np.uint8)
    evidence = np.zeros((8, 8), np.float32)
    evidence[0, 7] = 1
    row = ExplainedImage(pixels, evidence, evidence, "one.jpg")
    figure = panel("title", [row, row], "squash")
    image, overlay, saliency = figure.axes[:3]
    assert "one.jpg" in image.get_title() and "evidence" in overlay.get_title()
    grey, heat = (shown.get_array() for shown in overlay.get_images())
    assert grey.shape == heat.shape == (30, 40)
    row_of, column = np.unravel_index(heat.argmax(), heat.shape)
    assert row_of == 0 and column >= 35  # one of eight columns
    assert saliency.get_images()[0].get_array().max() == 1
    assert image.get_aspect() == 1  # not distorted

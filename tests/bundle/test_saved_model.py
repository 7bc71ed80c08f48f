"""The SavedModel's signatures, and its decoder against the project's own."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lesion_pipeline.bundle.saved_model import decoded, load
from lesion_pipeline.images import Resize, read_image
from lesion_pipeline.tf.load import tf
from tests.tiny import SIZE as NETWORK_SIZE

SIZE = 48


def encoded(width: int, height: int, form: str) -> bytes:
    """Draw waves with some noise, as smooth as skin and as sharp as hair, and encode them."""
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 3)], axis=-1)
    noise = np.random.default_rng(0).normal(0, 20, waves.shape)
    pixels = (127 + 90 * waves + noise).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **({"quality": 90} if form == "JPEG" else {}))
    return file.getvalue()


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("width", "height"),
    # Decoded at 1, 1/2, 1/4 and 1/8; odd; upright; smaller than the square.
    [(60, 45), (130, 97), (200, 301), (600, 450), (48, 48), (40, 33)],
)
def test_pixels_are_nearly_those_of_the_project_s_decoder(
    width: int, height: int, form: str, resize: Resize
) -> None:
    content = encoded(width, height, form)
    found = decoded(tf.constant(content), SIZE, resize).numpy()
    difference = np.abs(found.astype(int) - read_image(content, SIZE, resize))
    assert found.dtype == np.uint8 and difference.max() <= 1 and difference.mean() < 0.3


def test_that_another_resampling_would_be_noticed() -> None:
    content = encoded(200, 150, "PNG")
    image = tf.io.decode_png(content, channels=3)
    other = tf.image.resize(image, (SIZE, SIZE), "bilinear", antialias=True).numpy()
    assert np.abs(other - read_image(content, SIZE, "squash")).mean() > 1


@pytest.mark.parametrize("content", [b"", b"no image", encoded(60, 45, "JPEG")[:200]])
def test_what_is_no_image_is_an_error(content: bytes) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        decoded(tf.constant(content), SIZE, "squash")


def test_the_documented_differences(tmp_path: Path) -> None:
    """EXIF rotation is ignored, and grey images are converted to RGB."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :30] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", quality=95, exif=exif)
    content = (tmp_path / "turned.jpg").read_bytes()
    found, right = decoded(tf.constant(content), 16, "squash"), read_image(content, 16, "squash")
    np.testing.assert_allclose(np.rot90(found.numpy(), -1).astype(int), right, atol=3)
    assert np.abs(found.numpy().astype(int) - right).max() > 200
    Image.fromarray(pixels[..., 0]).save(tmp_path / "grey.png")
    assert decoded((tmp_path / "grey.png").read_bytes(), 16, "squash").shape == (16, 16, 3)


@pytest.mark.slow
def test_both_signatures_give_the_same_probabilities(many_formats: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, NETWORK_SIZE, NETWORK_SIZE, 3), np.uint8)
    contents = []
    for number, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
        contents.append((tmp_path / f"{number}.png").read_bytes())
    folder = many_formats / "saved_model"
    signature = tf.saved_model.load(str(folder)).signatures["encoded"]
    outputs = signature(content=tf.constant(contents))["probabilities"].numpy()
    assert outputs.shape == (3, 7)
    np.testing.assert_allclose(outputs, load(folder)(pixels), atol=1e-6)


@pytest.mark.slow
def test_nothing_random_is_left_in_the_folder(many_formats: Path) -> None:
    folder = many_formats / "saved_model"
    assert not (folder / "fingerprint.pb").exists()

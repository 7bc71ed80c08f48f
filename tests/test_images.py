"""The one decoder: what comes out, and what is refused."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.images import (
    SMALLEST_SIDE,
    Resize,
    image_files,
    placed_on,
    read_image,
    read_pixels,
)

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # which the decoder ignores
MODES: tuple[Resize, ...] = ("squash", "crop", "pad")


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    quality = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    file = io.BytesIO()
    picture.save(file, kind, **(quality | options))
    return file.getvalue()


def stripes() -> Image.Image:
    """600 x 450: 75 columns of green, 225 of red, 225 of blue, 75 of green."""
    picture = Image.new("RGB", (600, 450), GREEN)
    picture.paste(RED, (75, 0, 300, 450))
    picture.paste(BLUE, (300, 0, 525, 450))
    return picture


def smooth() -> Image.Image:
    y, x = np.mgrid[0:450, 0:600]
    waves = [np.sin(x / 90), np.cos(y / 70), np.sin((x + y) / 110)]
    return Image.fromarray((127.5 + 110 * np.stack(waves, axis=-1)).astype(np.uint8))


def chequered() -> Image.Image:
    y, x = np.mgrid[0:450, 0:600] // 10
    grey = ((x + y) % 2 * 200 + 30).astype(np.uint8)
    return Image.fromarray(np.stack([grey] * 3, axis=-1))


def turned(orientation: int) -> bytes:
    """Left half red, right half blue, with an EXIF orientation."""
    picture = Image.new("RGB", (60, 40), RED)
    picture.paste(BLUE, (30, 0, 60, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture, exif=exif)


def glass() -> Image.Image:
    """Opaque but for one corner, through which one can nearly see."""
    picture = Image.new("RGBA", (40, 40), (*RED, 255))
    picture.putpixel((39, 39), (*BLUE, 1))
    return picture


def deep(colour: tuple[int, int, int]) -> bytes:
    """A PNG of 40 x 40 pixels with 16 bits a channel; the lower byte is 170 everywhere."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    row = b"\0" + bytes(value for channel in colour for value in (channel, 170)) * 40
    header = struct.pack(">IIBBBBB", 40, 40, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(row * 40)), chunk(b"IEND", b"")]
    )


def claiming(side: int, kind: str) -> bytes:
    """A small picture whose header claims side x side pixels."""
    content = bytearray(encoded(Image.new("RGB", (8, 8)), kind))
    if kind == "PNG":
        content[16:24] = struct.pack(">II", side, side)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    else:
        frame = content.index(b"\xff\xc0")
        content[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(content)


def close(pixel: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() <= 8)


def test_files_of_a_folder_have_the_name_without_ending_as_image_id(tmp_path: Path) -> None:
    for name in ("I1.jpg", "I2.b.png", "I3"):
        (tmp_path / name).touch()
    files = {image_id: file.name for image_id, file in image_files(tmp_path).items()}
    assert files == {"I1": "I1.jpg", "I2.b": "I2.b.png", "I3": "I3"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("resize", "row", "colours"),  # along a row of 64 pixels
    [
        ("squash", 32, {0: GREEN, 5: GREEN, 11: RED, 29: RED, 34: BLUE, 52: BLUE, 58: GREEN}),
        ("squash", 0, {0: GREEN, 11: RED, 34: BLUE}),
        ("crop", 32, {2: RED, 29: RED, 34: BLUE, 61: BLUE}),
        ("crop", 0, {2: RED, 61: BLUE}),
        ("pad", 32, {0: GREEN, 5: GREEN, 11: RED, 29: RED, 34: BLUE, 52: BLUE, 58: GREEN}),
        ("pad", 6, {0: BLACK, 11: BLACK, 34: BLACK, 63: BLACK}),  # 64 - 64 * 450 / 600 = 16 rows
        ("pad", 10, {11: RED, 34: BLUE}),
        ("pad", 53, {11: RED, 34: BLUE}),
        ("pad", 57, {0: BLACK, 11: BLACK, 34: BLACK, 63: BLACK}),
    ],
)
def test_each_mode_puts_the_picture_where_it_should(
    kind: str, resize: Resize, row: int, colours: dict[int, tuple[int, int, int]]
) -> None:
    image = read_image(encoded(stripes(), kind), 64, resize)
    wrong = {x: image[row, x] for x, colour in colours.items() if not close(image[row, x], colour)}
    assert not wrong


@pytest.mark.parametrize("resize", MODES)
@pytest.mark.parametrize("size", [32, 224, 700])
def test_the_result_is_a_square_of_bytes(size: int, resize: Resize) -> None:
    image = read_image(encoded(stripes()), size, resize)
    assert (image.shape, image.dtype) == ((size, size, 3), np.uint8)


def test_a_file_and_its_bytes_give_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(encoded(smooth()))
    np.testing.assert_array_equal(
        read_image(file, 64, "crop"), read_image(file.read_bytes(), 64, "crop")
    )


def test_an_empty_file_and_no_bytes_are_refused_alike(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    for source in (tmp_path / "a.jpg", b""):
        with pytest.raises(DataError, match=r"^can't be decoded: no bytes$"):
            read_image(source, 32, "squash")


def test_a_square_png_of_the_size_is_left_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    for resize in MODES:
        image = read_image(encoded(Image.fromarray(pixels), "PNG"), 32, resize)
        np.testing.assert_array_equal(image, pixels)


@pytest.mark.parametrize("resize", MODES)
@pytest.mark.parametrize(
    ("picture", "size", "levels"),
    [
        (smooth(), 32, 2.5),
        (smooth(), 100, 2.5),
        (smooth(), 224, 2.5),
        (smooth(), 450, 2.5),
        (chequered(), 224, 10),  # half the scale less would blur it by 20 to 40 levels
    ],
    ids=["smooth-32", "smooth-100", "smooth-224", "smooth-450", "chequered-224"],
)
def test_decoding_at_a_reduced_scale_changes_next_to_nothing(
    picture: Image.Image, size: int, levels: float, resize: Resize
) -> None:
    jpeg = encoded(picture)
    with Image.open(io.BytesIO(jpeg)) as opened:
        whole = encoded(opened, "PNG")  # decoded at full scale
    reduced, full = (read_image(content, size, resize).astype(int) for content in (jpeg, whole))
    assert np.abs(reduced - full).mean() < levels


@pytest.mark.parametrize(
    ("orientation", "top_left", "top_right", "bottom_left"),
    [(1, RED, BLUE, RED), (3, BLUE, RED, BLUE), (6, RED, RED, BLUE), (8, BLUE, BLUE, RED)],
)
@pytest.mark.parametrize("resize", ["squash", "crop"])
def test_a_photo_is_turned_as_its_camera_was(
    resize: Resize, orientation: int, top_left: Any, top_right: Any, bottom_left: Any
) -> None:
    image = read_image(turned(orientation), 32, resize)
    assert close(image[1, 1], top_left)
    assert close(image[1, -2], top_right)
    assert close(image[-2, 1], bottom_left)


def test_a_turned_photo_is_padded_at_its_own_sides() -> None:
    image = read_image(turned(6), 60, "pad")  # 40 wide, 60 high: 10 black columns on each side
    assert close(image[5, 8], BLACK)
    assert close(image[5, 12], RED)
    assert close(image[55, 12], BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(3, 2), (31, 600), (600, 31), (1, 1)])
def test_an_image_too_small_to_judge_is_refused(size: tuple[int, int], kind: str) -> None:
    told = f"^expected sides of at least 32 pixels, received {size[0]} x {size[1]}$"
    for read in (lambda content: read_image(content, 32, "squash"), read_pixels):
        with pytest.raises(DataError, match=told):
            read(encoded(Image.new("RGB", size, BLUE), kind))


@pytest.mark.parametrize("resize", MODES)
def test_the_smallest_side_that_is_accepted(resize: Resize) -> None:
    image = read_image(encoded(Image.new("RGB", (SMALLEST_SIDE, 1000), BLUE), "PNG"), 32, resize)
    assert (image[:, 16] == BLUE).all()


def test_an_image_of_pillow_gives_what_its_file_gives(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encoded(chequered()))
    (tmp_path / "a.png").write_bytes(encoded(chequered(), "PNG"))
    for name in ("a.jpg", "a.png"):
        expected = read_image(tmp_path / name, 200, "squash")
        with Image.open(tmp_path / name) as opened:
            place = opened.fp.tell()
            np.testing.assert_array_equal(read_image(opened, 200, "squash"), expected)
            assert (opened.size, opened.fp.tell()) == ((600, 450), place)
            whole = np.asarray(opened)  # it can still be decoded, and is as it was
            np.testing.assert_array_equal(whole, read_pixels(tmp_path / name))
            decoded = read_image(opened, 200, "squash").astype(int)
        assert np.abs(decoded - expected).mean() < 12


def test_an_image_of_pillow_is_its_pixels_and_stays_as_it_is() -> None:
    picture = quartered().convert("RGBA")
    np.testing.assert_array_equal(read_image(picture, 64, "pad"), np.asarray(quartered()))
    assert (picture.mode, picture.size) == ("RGBA", (64, 64))
    for wrong, told in (
        (Image.new("L", (64, 64)), "expected an RGB image, received mode L"),
        (Image.new("RGB", (64, 9)), "expected sides of at least 32 pixels, received 64 x 9"),
    ):
        with pytest.raises(DataError, match=told):
            read_image(wrong, 64, "pad")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"lesion_id,image_id\n", "can't be decoded: cannot identify image file"),
        (encoded(Image.new("L", (9, 9))), "expected an RGB image, received mode L"),
        (encoded(Image.new("CMYK", (9, 9))), "expected an RGB image, received mode CMYK"),
        (encoded(Image.new("L", (9, 9)), "PNG"), "expected an RGB image, received mode L"),
        (encoded(Image.new("LA", (9, 9)), "PNG"), "expected an RGB image, received mode LA"),
        (encoded(Image.new("1", (9, 9)), "PNG"), "expected an RGB image, received mode 1"),
        (encoded(Image.new("I;16", (9, 9)), "PNG"), "expected an RGB image, received mode I;16"),
        (encoded(glass(), "PNG"), "expected an opaque image, received transparent pixels"),
        (
            encoded(glass().quantize(), "PNG"),
            "expected an opaque image, received transparent pixels",
        ),
        (
            encoded(Image.new("RGB", (40, 40), RED), "PNG", transparency=RED),
            "expected an opaque image, received transparent pixels",
        ),
    ],
    ids=[
        "text",
        "grey",
        "cmyk",
        "grey-png",
        "grey-alpha",
        "one-bit",
        "16-bit-grey",
        "glass",
        "glass-palette",
        "glass-key",
    ],
)
def test_what_is_no_colour_picture_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(DataError) as error:
        read_image(content, 32, "squash")
    assert str(error.value) == reason


def quartered() -> Image.Image:
    picture = Image.new("RGB", (64, 64), RED)
    picture.paste(GREEN, (32, 0, 64, 32))
    picture.paste(BLUE, (0, 32, 32, 64))
    return picture


@pytest.mark.parametrize("resize", MODES)
@pytest.mark.parametrize(
    ("content", "levels"),
    [
        (encoded(quartered(), "PNG"), 0),
        (encoded(quartered().convert("RGBA"), "PNG"), 0),
        (encoded(quartered().quantize(8), "PNG"), 0),
        (encoded(quartered(), "PNG", transparency=(1, 2, 3)), 0),  # a colour that it doesn't have
        (encoded(quartered(), "PNG", icc_profile=LAB), 0),
        (encoded(quartered()), 3),
        (encoded(quartered(), progressive=True), 3),
        (encoded(quartered(), icc_profile=LAB), 3),
    ],
    ids=["png", "alpha", "palette", "key", "png-icc", "jpeg", "progressive", "jpeg-icc"],
)
def test_all_that_is_opaque_and_coloured_is_the_same(
    content: bytes, levels: int, resize: Resize
) -> None:
    image = read_image(content, 64, resize).astype(int)
    assert np.abs(image - np.asarray(quartered())).max() <= levels


@pytest.mark.parametrize("resize", MODES)
def test_of_16_bits_a_channel_the_upper_8_are_taken(resize: Resize) -> None:
    assert (read_image(deep((10, 120, 250)), 32, resize) == (10, 120, 250)).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_bytes_tell_the_kind_not_the_name(tmp_path: Path, kind: str) -> None:
    for name in ("a.jpg", "a.png", "a.jpeg"):
        (tmp_path / name).write_bytes(encoded(quartered(), kind))
        image = read_image(tmp_path / name, 64, "squash").astype(int)
        assert np.abs(image - np.asarray(quartered())).max() <= 3


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("GIF", "GIF"),
        ("BMP", "BMP"),
        ("TIFF", "TIFF"),
        ("WEBP", "WebP"),
        ("JPEG2000", "JPEG 2000"),
        ("AVIF", "HEIC or AVIF"),
        ("PDF", "PDF"),
    ],
)
def test_other_kinds_are_refused_by_name_whatever_the_file_is_called(
    tmp_path: Path, kind: str, named: str
) -> None:
    Image.init()
    if kind not in Image.SAVE:
        pytest.skip(f"NOT TESTED: {kind}, which this Pillow can't write")
    (tmp_path / "a.jpg").write_bytes(encoded(quartered(), kind))
    with pytest.raises(DataError, match=rf"^expected a JPEG or PNG image, received {named}$"):
        read_image(tmp_path / "a.jpg", 64, "squash")


def test_dicom_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"^expected a JPEG or PNG image, received DICOM$"):
        read_image(bytes(128) + b"DICM" + bytes(99), 64, "squash")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_truncated_picture_is_refused(kind: str, kept: float) -> None:
    content = encoded(smooth(), kind)
    with pytest.raises(DataError, match=r"^can't be decoded: .*[Tt]runcated"):
        read_image(content[: int(kept * len(content))], 32, "squash")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("side", "received"),
    [(6325, "6325 x 6325"), (9000, "9000 x 9000"), (50_000, "far more")],
)
def test_a_header_that_claims_too_much_is_refused_before_decoding(
    side: int, received: str, kind: str
) -> None:
    with pytest.raises(
        DataError, match=rf"^expected at most 40,000,000 pixels, received {received}$"
    ):
        read_image(claiming(side, kind), 32, "squash")


def test_what_claims_no_more_than_allowed_is_decoded() -> None:
    with pytest.raises(DataError, match=r"^can't be decoded: .*[Tt]runcated"):
        read_image(claiming(6324, "PNG"), 32, "squash")


def test_a_damaged_exif_block_is_refused() -> None:
    """Pillow writes EXIF data anew when it turns a picture, and trips over a text for a number."""
    exif = Image.Exif()
    exif[0x0112], exif[0x011A] = 6, 72.0  # orientation, pixels an inch
    content = encoded(Image.new("RGB", (60, 40), RED), exif=exif)
    number, text = struct.pack(">HH", 0x011A, 5), struct.pack(">HH", 0x011A, 2)
    if number not in content:
        number, text = struct.pack("<HH", 0x011A, 5), struct.pack("<HH", 0x011A, 2)
    assert content.count(number) == 1
    with pytest.raises(DataError, match=r"^can't be decoded: bad operand type"):
        read_image(content.replace(number, text), 32, "squash")


def test_a_file_that_is_not_there_or_none_is_refused(tmp_path: Path) -> None:
    for file, told in (
        (tmp_path / "a.jpg", "no such file"),
        (tmp_path, "can't be read: Is a directory"),
    ):
        with pytest.raises(DataError) as error:
            read_image(file, 32, "squash")
        assert str(error.value) == told


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG"]),
    flips=st.lists(st.tuples(st.integers(0, 599), st.integers(0, 255)), max_size=4),
    resize=st.sampled_from(MODES),
)
def test_a_damaged_file_gives_an_array_or_a_clear_error(
    kind: str, flips: list[tuple[int, int]], resize: Resize
) -> None:
    content = bytearray(encoded(stripes().resize((60, 40)), kind))
    for place, value in flips:
        content[place % len(content)] = value
    try:
        image = read_image(bytes(content), 32, resize)
    except DataError as error:
        assert str(error)
    else:
        assert image.shape == (32, 32, 3)


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
def test_a_map_is_placed_where_its_square_was_cut(resize: Resize, tmp_path: Path) -> None:
    """A bright spot of an image is found again where it was, at the image's own size."""
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[70:80, 120:130] = 255
    Image.fromarray(pixels).save(tmp_path / "spot.png")
    square = read_image(tmp_path / "spot.png", 64, resize)[..., 0].astype(np.float32)
    found = placed_on(square, 200, 120, resize)
    assert found.shape == (120, 200) and found.dtype == np.float32
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 68 <= row <= 82 and 118 <= column <= 132
    if resize == "crop":
        assert (found[:, :40] == 0).all() and (found[:, 160:] == 0).all()


def test_pixels_are_those_of_the_file_upright(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (33, 49, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.png"), pixels)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.fromarray(pixels).save(tmp_path / "b.png", exif=exif)
    np.testing.assert_array_equal(read_pixels(tmp_path / "b.png"), np.rot90(pixels, -1))
    with pytest.raises(DataError, match="no such file"):
        read_pixels(tmp_path / "none.png")

"""Image files of a folder, and the project's one decoder: an image in, RGB square out."""

import io
from pathlib import Path
from typing import IO, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from lesion_pipeline.core.errors import DataError, first_line

Resize = Literal["squash", "crop", "pad"]
Source = Path | bytes | Image.Image  # a JPEG or PNG file, its bytes, or an image opened by Pillow
SUFFIXES: Final = (".jpg", ".jpeg", ".png")
SMALLEST_SIDE: Final = 32  # pixels; on fewer, a lesion's structures can't be seen
MOST_PIXELS: Final = 40_000_000  # beyond any dermatoscope; decoded they take 120 MB
_COLOUR: Final = ("RGB", "RGBA", "P")
# How files of other kinds begin: only to name them in an error.
_OTHER_KINDS: Final = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"%PDF": "PDF",
}


def image_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder of images by image_id, the name without its ending."""
    return {file.stem: file for file in folder.iterdir()}


def read_image(source: Source, size: int, resize: Resize) -> NDArray[np.uint8]:
    """Decode an image and make it a square.

    Args:
        source: a JPEG or PNG file, its bytes, or an image of Pillow. One that Pillow has opened and
            not decoded yet gives what its file gives; of any other, the pixels are taken.
        size: side of the result in pixels.
        resize: `squash` changes the aspect ratio; `crop` cuts the longer side at both ends;
            `pad` fills the shorter side with black at both ends.

    Returns:
        uint8 array of shape (size, size, 3), red, green, blue, 0 to 255.

    Raises:
        DataError: the image can't be read or fully decoded, is of another kind, is not RGB, has a
            side of fewer than SMALLEST_SIDE pixels or, which is seen before it is decoded, more
            than MOST_PIXELS; names the reason, not the file. Images with a palette or an alpha
            channel are accepted if they are opaque; grey and CMYK images are not, because the
            network was trained on colours.
    """
    return _decoded(source, (size, resize))


def _decoded(source: Source, square: tuple[int, Resize] | None) -> NDArray[np.uint8]:
    """Decode an image, and make it a square of a size in a way, if one is given."""
    try:
        with _opened(source) as image:
            _check(image)
            if square is not None:
                # A JPEG can be decoded at 1/2, 1/4 or 1/8 for a fraction of the time.
                image.draft("RGB", (square[0], square[0]))
            whole = _opaque(ImageOps.exif_transpose(image))
            found = whole if square is None else _square(whole, *square)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # Pillow has no error type; a damaged EXIF block ends in any
        reason = first_line(error).split(" <")[0].split(": '")[0]  # without the file's name
        raise DataError(f"can't be decoded: {reason}") from None
    return np.asarray(found, dtype=np.uint8)


def _opened(source: Source) -> Image.Image:
    """Open an image without decoding it; one of Pillow's own is left as it is."""
    if not isinstance(source, Image.Image):
        return _recognised(_content(source))
    if isinstance(source, ImageFile.ImageFile) and source.fp is not None:  # not decoded yet
        return _recognised(_whole(source.fp))
    _check(source)
    return source.copy()


def _recognised(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    except UnidentifiedImageError:
        kind = _other_kind(content)
        if kind is None:
            raise
        raise DataError(f"expected a JPEG or PNG image, received {kind}") from None
    except Image.DecompressionBombError:
        raise DataError(f"expected at most {MOST_PIXELS:,} pixels, received far more") from None


def _whole(file: IO[bytes]) -> bytes:
    """Read all of a file, and leave it where it was."""
    place = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(place)
    return content


def _other_kind(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    if content[4:8] == b"ftyp":
        return "HEIC or AVIF"
    if content[128:132] == b"DICM":
        return "DICOM"
    return next((kind for start, kind in _OTHER_KINDS.items() if content.startswith(start)), None)


def _check(image: Image.Image) -> None:
    """Refuse an image that can't be judged, before it is decoded."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise DataError(f"expected at most {MOST_PIXELS:,} pixels, received {width} x {height}")
    if image.mode not in _COLOUR:
        raise DataError(f"expected an RGB image, received mode {image.mode}")
    if min(width, height) < SMALLEST_SIDE:
        raise DataError(
            f"expected sides of at least {SMALLEST_SIDE} pixels, received {width} x {height}"
        )


def _content(source: Path | bytes) -> bytes:
    try:
        content = source if isinstance(source, bytes) else source.read_bytes()
    except FileNotFoundError:
        raise DataError("no such file") from None
    except OSError as error:
        raise DataError(f"can't be read: {error.strerror}") from None
    if not content:
        raise DataError("can't be decoded: no bytes")
    return content


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    layers = image.convert("RGBA")
    if layers.getchannel("A").getextrema() != (255, 255):
        raise DataError("expected an opaque image, received transparent pixels")
    return layers.convert("RGB")


def _square(image: Image.Image, size: int, resize: Resize) -> Image.Image:
    method = Image.Resampling.BICUBIC
    if resize == "crop":
        return ImageOps.fit(image, (size, size), method)
    if resize == "pad":
        return ImageOps.pad(image, (size, size), method, color=(0, 0, 0))
    return image.resize((size, size), method)


def placed_on(
    values: NDArray[np.float32], width: int, height: int, resize: Resize
) -> NDArray[np.float32]:
    """Enlarge a map of the square that `read_image` makes to the image that it was made of.

    Args:
        values: (size, size), float32.
        width: of the image in pixels, after its EXIF rotation.
        height: likewise.
        resize: how the square was made; 0 where `crop` cut the image off.

    Returns:
        (height, width), float32, bilinear.
    """
    square = Image.fromarray(np.asarray(values, np.float32))
    method = Image.Resampling.BILINEAR
    if resize == "squash":
        return np.asarray(square.resize((width, height), method))
    if resize == "pad":
        side = max(width, height)
        left, top = (side - width) // 2, (side - height) // 2
        padded = square.resize((side, side), method)
        return np.asarray(padded.crop((left, top, left + width, top + height)))
    side = min(width, height)
    whole = np.zeros((height, width), np.float32)
    top, left = (height - side) // 2, (width - side) // 2
    whole[top : top + side, left : left + side] = np.asarray(square.resize((side, side), method))
    return whole


def read_pixels(source: Source) -> NDArray[np.uint8]:
    """Decode an image as `read_image` does, at its own resolution: uint8 (height, width, 3).

    Raises:
        DataError: as `read_image`.
    """
    return _decoded(source, None)

"""Image files as users have them, and files that are none."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image


def photo(seed: int = 0, form: str = "JPEG", size: tuple[int, int] = (120, 90)) -> bytes:
    """Return a picture of noise as a file."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a small PNG whose head promises billions of pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")
    )  # fmt: skip


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checked)


def hostile(count: int, seed: int = 1) -> Iterator[bytes]:
    """Yield bodies that are no whole image: cut, changed, of other kinds, bombs, polyglots."""
    generator = np.random.default_rng(seed)
    good = [photo(1, "JPEG", (64, 48)), photo(2, "PNG", (64, 48))]
    others = [photo(3, form, (40, 40)) for form in ("GIF", "BMP", "TIFF", "WEBP")]
    fixed = [
        *others, bomb(), bomb(7000, 6000), b"%PDF-1.7\n" + good[0], b"\xff\xd8\xff", b"PK\3\4",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0" * 5000, good[1][:33],
        good[1][:8] + _chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 16, 6, 0, 0, 1)),
        good[1][:33] + _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10_000_000))) + good[1][33:],
    ]  # fmt: skip
    for number in range(count):
        if number < len(fixed):
            yield fixed[number]
            continue
        body = bytearray(good[number % 2])
        kind = generator.integers(4)
        if kind == 0:
            del body[generator.integers(len(body)) :]
        elif kind == 1:
            for place in generator.integers(0, len(body), 8):
                body[place] = generator.integers(256)
        elif kind == 2:
            start = generator.integers(len(body))
            body[start : start + 40] = generator.bytes(int(generator.integers(1, 400)))
        else:
            body = bytearray(generator.bytes(int(generator.integers(1, 3000))))
        yield bytes(body)

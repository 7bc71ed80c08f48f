"""Hashes of what pieces compute, and inputs made of whole numbers, the same on every processor."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def digest(*parts: Any) -> str:
    """Return the start of the MD5 of bytes, arrays or tensors, one after the other."""
    found = hashlib.md5(usedforsecurity=False)
    for part in parts:
        array = part.numpy() if hasattr(part, "numpy") else part
        found.update(array if isinstance(array, bytes) else np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:12]


def integers(count: int, seed: int) -> NDArray[np.uint32]:
    """Return mixed 32-bit integers (count,)."""
    x = (np.arange(count, dtype=np.uint64) + np.uint64(seed * 0x9E3779B9)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> np.uint64(shift)
        x = (x * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return (x ^ (x >> np.uint64(16))).astype(np.uint32)


def floats(seed: int, *shape: int, low: float = -0.5, high: float = 0.5) -> NDArray[np.float32]:
    """Return an array of a shape, float32, from `low` to below `high`."""
    unit = integers(int(np.prod(shape)), seed).astype(np.float64) / 2**32
    return (unit * (high - low) + low).astype(np.float32).reshape(shape)


def photos(count: int, size: int) -> NDArray[np.uint8]:
    """Return images (count, size, size, 3) of coarse squares with noise."""
    coarse = integers(count * 64 * 3, size).reshape(count, 8, 8, 3) % 192
    grown = coarse.repeat(size // 8, 1).repeat(size // 8, 2)
    return (grown + integers(grown.size, 5).reshape(grown.shape) % 64).astype(np.uint8)

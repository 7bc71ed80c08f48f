"""The cache sizes by which TensorFlow's Eigen cuts matrix products and convolutions into blocks.

Eigen reads them from the processor when it first needs them. The blocks decide in which order
products are added up, so processors of the same instruction set but other caches give other last
bits: (64, 512) x (512, 6176) differs between caches of 512 KiB and 1 MiB. No setting of TensorFlow
or its environment reaches the sizes. Here they are found in the library's memory and overwritten.
"""

import ctypes
from pathlib import Path
from typing import Any, Final

import numpy as np

from lesion_pipeline.core.errors import ModelError

PORTABLE: Final = (32 * 1024, 512 * 1024, 32 * 1024 * 1024)  # of Zen 3: level 1, 2, 3, in bytes

_KERNELS: Final = "libtensorflow_cc.so.2"
_FRAMEWORK: Final = "libtensorflow_framework.so.2"  # exports Eigen's query of the processor
_QUERY: Final = "_ZN5Eigen8internal10CacheSizesC2Ev"  # Eigen::internal::CacheSizes::CacheSizes()
_ASKED: Final = 1  # what the compiler's guard holds once the sizes are there


def pin_caches(tf: Any, sizes: tuple[int, int, int] = PORTABLE) -> None:
    """Make Eigen in this process use caches of these sizes, in bytes, from now on.

    Doing it again changes nothing.

    Args:
        tf: the module tensorflow.
        sizes: of level 1, 2 and 3.

    Raises:
        ModelError: the sizes aren't found in the library's memory, or in several places. Then
            TensorFlow is not the build that this was made for.
    """
    square = tf.ones((640, 640))
    tf.linalg.matmul(square, square)  # large enough for Eigen to ask for the sizes
    if _found(sizes):
        return
    asked = processor_caches(tf)
    places = _found(asked)
    if len(places) != 1:
        raise ModelError(
            f"kernels: expected Eigen's cache sizes {asked} in one place of {_KERNELS}, "
            f"found {len(places)}: it is not the TensorFlow of requirements.txt. Install that one, "
            "or choose native kernels (model.kernels: native; lesion predict --kernels native)"
        )
    (ctypes.c_int64 * 3).from_address(places[0])[:] = list(sizes)


def processor_caches(tf: Any) -> tuple[int, int, int]:
    """Return the sizes of level 1, 2 and 3 in bytes, as Eigen reads them from the processor."""
    library = ctypes.CDLL(str(Path(tf.__file__).parent / _FRAMEWORK))
    sizes = (ctypes.c_int64 * 3)()
    library[_QUERY](sizes)
    return sizes[0], sizes[1], sizes[2]


def _found(sizes: tuple[int, int, int]) -> list[int]:
    """Return where in the library's writable memory the sizes stand, with the guard behind."""
    wanted = [*sizes, _ASKED]
    places = []
    for start, end in _writable():
        words = np.ctypeslib.as_array((ctypes.c_int64 * ((end - start) // 8)).from_address(start))
        last = len(words) - len(wanted) + 1
        hits = np.flatnonzero(words[:last] == wanted[0])
        for offset, word in enumerate(wanted[1:], 1):
            # The guard is a byte; what lies behind it is another's.
            seen = words[hits + offset] & 0xFF if offset == 3 else words[hits + offset]
            hits = hits[seen == word]
        places += [start + 8 * int(hit) for hit in hits]
    return places


def _writable() -> list[tuple[int, int]]:
    """Return the library's writable memory: its own mappings and the zeroed one right behind."""
    ranges, end_of_own = [], None
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, rights, _, _, inode, *path = line.split(maxsplit=5)
        start, end = (int(part, 16) for part in addresses.split("-"))
        own = bool(path) and path[0].endswith(_KERNELS)
        behind = start == end_of_own and inode == "0" and not path
        if "rw" in rights and (own or behind):
            ranges.append((start, end))
        end_of_own = end if own or behind else None
    return ranges

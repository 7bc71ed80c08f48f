"""Join the finished pieces of a copy into its file."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.files import whole_file
from lesion_pipeline.embedding.piece import Piece, finite
from lesion_pipeline.features.components import ComponentMap
from lesion_pipeline.loops.parallel import cores, in_order


@dataclass(frozen=True)
class PieceFile:
    """A piece and its file, which is read when it is finished.

    Attributes:
        file: the outputs, without a header.
        piece: of which images.
        shape: of the outputs of one image.
    """

    file: Path
    piece: Piece
    shape: tuple[int, ...]

    def read(self) -> NDArray[np.floating[Any]]:
        """Return the outputs (images, ...)."""
        return np.fromfile(self.file, self.piece.dtype).reshape(self.piece.count, *self.shape)


def join(parts: Sequence[PieceFile], file: Path, components: ComponentMap | None) -> None:
    """Write an array to a file that is there when it is complete; then remove its parts.

    Args:
        parts: all pieces of a copy of a split, in order.
        file: to be written.
        components: from the features in the pieces to what is stored; None: the pieces are.

    Raises:
        ModelError: a component is too large for the type in which it is stored.
    """
    images, first = sum(part.piece.count for part in parts), parts[0]
    shape = first.shape if components is None else (components.count,)
    header = {
        "descr": np.lib.format.dtype_to_descr(first.piece.dtype),
        "fortran_order": False,
        "shape": (images, *shape),
    }
    with whole_file(file) as partly, partly.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for outputs in in_order(partial(_stored, components), parts, cores()):
            stream.write(outputs.tobytes())
    for part in parts:
        part.file.unlink()


def _stored(components: ComponentMap | None, part: PieceFile) -> NDArray[np.floating[Any]]:
    outputs = part.read()
    return outputs if components is None else finite(components.of(outputs), part.piece.dtype)

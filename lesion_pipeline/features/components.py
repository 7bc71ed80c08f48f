"""The map from features to the principal components that the head reads in their place."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import whole_file

COMPONENTS: Final = "components"  # the layer that computes them of standardised features


@dataclass(frozen=True, eq=False)
class ComponentMap:
    """Components are (features * factor + offset) @ axes.

    One matrix could do it, but its numbers would range over as many powers of ten as the deviations
    of the features do, of which whole numbers (tflite_int8) keep too little.

    Attributes:
        factor: (features,), float32; with `offset` it brings each feature to mean 0, deviation 1.
        offset: (features,), float32.
        axes: (features, components), float32.
    """

    factor: NDArray[np.float32]
    offset: NDArray[np.float32]
    axes: NDArray[np.float32]

    @property
    def count(self) -> int:
        """How many components."""
        return int(self.axes.shape[1])

    def of(self, features: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return the components (images, components) of features (images, features).

        Computed in float64 and rounded once, so that they don't depend on the images beside one.
        """
        factor, offset, axes = self._exact
        return np.asarray((features * factor + offset) @ axes, np.float32)

    @cached_property
    def _exact(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(each.astype(np.float64) for each in (self.factor, self.offset, self.axes))

    def write(self, file: Path) -> None:
        """Write a .npy file: the columns are factor, offset and the axes."""
        columns = np.column_stack([self.factor, self.offset, self.axes])
        with whole_file(file) as partial, partial.open("wb") as stream:
            np.save(stream, columns)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            DataError: the file is missing, or it is not such an array.
        """
        try:
            columns = np.load(file)
        except (OSError, ValueError) as error:
            raise DataError(f"{file}: {error}") from None
        return cls(columns[:, 0], columns[:, 1], np.ascontiguousarray(columns[:, 2:]))

    @classmethod
    def zeros(cls, features: int, components: int) -> Self:
        """Return a map of a size, where its values don't matter."""
        zeros = np.zeros(features, np.float32)
        return cls(zeros, zeros, np.zeros((features, components), np.float32))

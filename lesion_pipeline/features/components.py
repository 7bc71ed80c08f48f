"""The map from features to the principal components that the head reads in their place."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import whole_file

COMPONENTS: Final = "components"  # the network's layer that computes them


@dataclass(frozen=True, eq=False)
class ComponentMap:
    """An affine map: components = features @ kernel + bias.

    Attributes:
        kernel: (features, components), float32.
        bias: (components,), float32.
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]

    def of(self, features: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return the components (images, components) of features (images, features).

        Computed in float64 and rounded once, so that they don't depend on the images beside one.
        """
        kernel, bias = self._exact
        return np.asarray(features.astype(np.float64) @ kernel + bias, np.float32)

    @cached_property
    def _exact(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.kernel.astype(np.float64), self.bias.astype(np.float64)

    def write(self, file: Path) -> None:
        """Write a .npy file with the rows of the kernel, and the bias as the last row."""
        with whole_file(file) as partial, partial.open("wb") as stream:
            np.save(stream, np.vstack([self.kernel, self.bias]))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            DataError: the file is missing, or it is not such an array.
        """
        try:
            rows = np.load(file)
        except (OSError, ValueError) as error:
            raise DataError(f"{file}: {error}") from None
        return cls(rows[:-1], rows[-1])

    @classmethod
    def zeros(cls, features: int, components: int) -> Self:
        """Return a map of a size, where its values don't matter."""
        return cls(np.zeros((features, components), np.float32), np.zeros(components, np.float32))

"""What the network knows of an image before it decides: its last hidden layer.

A bundle's network has one output, its probabilities, but a .tflite file names all of its tensors.
"""

from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Final
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.networks.outputs import LAST
from lesion_pipeline.tf.stderr import silent_stderr

HEAD: Final = "/head"  # part of the names of the tensors of a network's head


class HiddenLayer:
    """Computes the last hidden layer of one image at a time."""

    def __init__(self, file: Path) -> None:
        """Load a .tflite file of a bundle.

        Raises:
            BundleError: it has no such layer.
        """
        from ai_edge_litert.interpreter import Interpreter

        with catch_warnings(), silent_stderr():
            simplefilter("ignore")  # it takes more memory, which is what is wanted here
            self._interpreter = Interpreter(
                str(file), num_threads=1, experimental_preserve_all_tensors=True
            )
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._layer = _before_logits(self._interpreter.get_tensor_details(), file)
        self._lock = Lock()

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the layer (units,) of an image uint8 (1, size, size, 3)."""
        with self._lock:
            self._interpreter.set_tensor(self._input, image)
            self._interpreter.invoke()
            return np.array(self._interpreter.get_tensor(self._layer)[0], np.float32)


def _before_logits(tensors: list[dict[str, Any]], file: Path) -> int:
    """Find the vector that the layer of the logits takes: the one that is computed before them.

    A network that averages copies of an image has one for each; it is the first of them.
    """
    ordered = sorted(tensors, key=lambda tensor: tensor["index"])
    for before, tensor in pairwise(ordered):
        named = f"/{LAST}" in tensor["name"] and HEAD in before["name"]
        if named and len(before["shape"]) == 2 and before["shape"][0] == tensor["shape"][0] == 1:
            return int(before["index"])
    raise BundleError(f"{file}: has no hidden layer before the logits, so nothing is similar in it")

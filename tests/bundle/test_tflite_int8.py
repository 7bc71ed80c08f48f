from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def tensors(bundle: Path) -> list[dict[str, Any]]:
    """Return the facts of each tensor in the file that has more than one place."""
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(str(bundle / "model_int8.tflite")).get_tensor_details()
    return [of for of in details if len(of["shape"]) == 4 and of["shape"][1:3].prod() > 1]


def test_convolutions_are_in_whole_numbers(many_formats: Path) -> None:
    found = tensors(many_formats)
    kernels = [of for of in found if len(of["quantization_parameters"]["scales"]) > 1]
    outputs = [of for of in found if "convolution" in of["name"]]
    assert kernels and outputs
    assert {of["dtype"] for of in kernels + outputs} == {np.int8}


def test_deviations_are_not(many_formats: Path) -> None:
    """Each map is handed over as float32, its squared differences are; and the scaled images."""
    floats = [of["name"] for of in tensors(many_formats) if of["dtype"] == np.float32]
    squared = [name for name in floats if "variance" in name]
    handed_over = [name for name in floats if "variance" not in name and "Cast" not in name]
    assert 0 < len(handed_over) <= len(squared)

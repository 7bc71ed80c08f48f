import json
from pathlib import Path

import numpy as np
import pytest


@pytest.mark.slow
def test_whole_numbers_throughout(many_formats: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(str(many_formats / "model_int8.tflite")).get_tensor_details()
    kernels = [of for of in details if len(of["shape"]) == 4 and of["quantization"][0] > 0]
    assert kernels
    floats = [of["name"] for of in details if of["dtype"] == np.float32 and of["shape"].size > 1]
    # Scaling of the input, and what the output is handed over as; nothing between.
    assert len(floats) <= 8, json.dumps(floats, indent=1)

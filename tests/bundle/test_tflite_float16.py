from pathlib import Path

import numpy as np
import pytest


@pytest.mark.slow
def test_weights_have_16_bits(many_formats: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(str(many_formats / "model_float16.tflite")).get_tensor_details()
    kernels = [tensor for tensor in details if tensor["dtype"] == np.float16]
    assert any(len(tensor["shape"]) == 4 for tensor in kernels)
    sizes = [(many_formats / f"model{kind}.tflite").stat().st_size for kind in ("_float16", "")]
    assert sizes[0] < 0.6 * sizes[1]

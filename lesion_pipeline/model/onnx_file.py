"""Write a network as ONNX, byte-stable. Needs packages that only this format needs."""

from itertools import count
from pathlib import Path
from typing import Any, Final

import onnx
import tf2onnx

from lesion_pipeline.tf import tf

OPSET: Final = 18  # from 2022: every runtime of today knows it
INPUT, OUTPUT = "image", "probabilities"


def write_onnx(graph: Any, target: Path) -> None:
    """Write a frozen concrete function; its input is `image`, its output `probabilities`.

    Args:
        graph: from uint8 images (batch, size, size, 3) to probabilities (batch, outputs).
        target: the file.
    """
    taken = graph.inputs[0]
    model, _ = tf2onnx.convert.from_function(
        tf.function(lambda image: graph(image)[0]),
        input_signature=[tf.TensorSpec(taken.shape, taken.dtype, name=INPUT)],
        opset=OPSET,
    )
    _name_in_order(model.graph)
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString(deterministic=True))


def _name_in_order(graph: Any) -> None:
    """Name values and nodes by their order in the graph.

    The converter goes over sets of strings, whose order another process doesn't repeat, and
    leaves that order in names and in the list of constants.
    """
    numbers = count()
    names = {graph.input[0].name: INPUT, graph.output[0].name: OUTPUT, "": ""}
    for place, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{place}"
        for values in (node.input, node.output):
            for slot, name in enumerate(values):
                if name not in names:
                    names[name] = f"value_{next(numbers):04d}"
                values[slot] = names[name]
    for value, name in ((graph.input[0], INPUT), (graph.output[0], OUTPUT)):
        value.name = name
        value.type.tensor_type.shape.dim[0].dim_param = "images"
    constants = sorted(
        (constant for constant in graph.initializer if constant.name in names),
        key=lambda constant: names[constant.name],
    )
    for constant in constants:
        constant.name = names[constant.name]
    kept = [type(constant).FromString(constant.SerializeToString()) for constant in constants]
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(kept)

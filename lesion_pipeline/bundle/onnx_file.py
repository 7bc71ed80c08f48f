"""Write a network as ONNX, byte-stable. Needs packages that only this format needs."""

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
    _put_in_order(model.graph)
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString(deterministic=True))


def _put_in_order(graph: Any) -> None:
    """Order and name nodes and values by how the output comes about.

    The converter goes over sets of strings, whose order another process doesn't repeat, and
    leaves that order in names, in the list of constants and in nodes that don't need each other.
    """
    nodes = [type(node).FromString(node.SerializeToString()) for node in _needed(graph)]
    constants = {constant.name: constant for constant in graph.initializer}
    names = {graph.input[0].name: INPUT, graph.output[0].name: OUTPUT, "": ""}
    kept = []
    for place, node in enumerate(nodes):
        node.name = f"{node.op_type}_{place}"
        for values in (node.input, node.output):
            for slot, name in enumerate(values):
                if name not in names:
                    names[name] = f"value_{len(names)}"
                    kept += [constants[name]] if name in constants else []
                values[slot] = names[name]
    for constant in kept:
        constant.name = names[constant.name]
    kept = [type(constant).FromString(constant.SerializeToString()) for constant in kept]
    for value, name in ((graph.input[0], INPUT), (graph.output[0], OUTPUT)):
        value.name = name
        value.type.tensor_type.shape.dim[0].dim_param = "images"
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)


def _needed(graph: Any) -> list[Any]:
    """List the nodes that the output needs, each after those that its inputs need, in order."""
    makers = {name: node for node in graph.node for name in node.output}
    ordered: dict[str, Any] = {}  # by a node's first output
    ahead = [makers[graph.output[0].name]]
    while ahead:
        node = ahead[-1]
        needed = [makers[name] for name in node.input if name in makers]
        missing = [other for other in needed if other.output[0] not in ordered]
        if missing:
            ahead.append(missing[0])
        else:
            ordered[ahead.pop().output[0]] = node
    return list(ordered.values())

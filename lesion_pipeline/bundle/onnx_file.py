"""The format `onnx`: for everything that isn't TensorFlow.

Writing needs packages that only this format needs; loading needs ONNX Runtime alone.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.bundle.batching import Runtime, in_batches
from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.loops.parallel import cores

OPSET: Final = 18  # from 2022: every runtime of today knows it
INPUT, OUTPUT = "image", "probabilities"


def write(network: ExportedNetwork, target: Path) -> None:
    """Write the network, byte-stable; its input is `image`, its output `probabilities`."""
    import onnx
    import tf2onnx

    from lesion_pipeline.tf.load import tf

    graph = network.graph
    images = graph.inputs[0]
    with _eager_collection():
        model, _ = tf2onnx.convert.from_function(
            tf.function(lambda image: graph(image)[0]),
            input_signature=[tf.TensorSpec(images.shape, images.dtype, name=INPUT)],
            opset=OPSET,
        )
    _put_in_order(model.graph)
    model.graph.doc_string = ""  # names a function by a counter of the whole process
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString(deterministic=True))


def load(path: Path) -> Runtime:
    """Load an .onnx file on all cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return in_batches(lambda images: session.run(None, {name: images})[0], batch=16, workers=1)


@contextmanager
def _eager_collection() -> Iterator[None]:
    """Collect garbage often: the converter leaves copies of the whole graph in reference cycles.

    Python collects the oldest generation only when a quarter of all objects is new, and TensorFlow
    has millions: EfficientNet-Lite0 took 1.2 GB to convert, with this 0.3 GB, in less time.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()  # what is there already: no collection looks at it
    gc.collect()
    gc.set_threshold(700, 3, 1)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _put_in_order(graph: Any) -> None:
    """Order and name nodes and values as the output is computed.

    The converter iterates over sets of strings, whose order differs between processes; it shows
    in names, in the list of constants and in nodes that don't depend on each other.
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

import gc
from pathlib import Path

import pytest

from lesion_pipeline.bundle.onnx_file import _eager_collection


@pytest.mark.slow
def test_names_of_input_and_output(many_formats: Path) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(many_formats / "model.onnx").graph
    (image,), (probabilities,) = graph.input, graph.output
    assert (image.name, probabilities.name) == ("image", "probabilities")
    for value in (image, probabilities):
        assert value.type.tensor_type.shape.dim[0].dim_param == "images"


@pytest.mark.slow
def test_nodes_and_constants_are_in_the_order_in_which_they_are_computed(
    many_formats: Path,
) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(many_formats / "model.onnx").graph
    assert [node.name for node in graph.node] == [
        f"{node.op_type}_{place}" for place, node in enumerate(graph.node)
    ]
    known = {"image", *(constant.name for constant in graph.initializer)}
    first_use: list[str] = []
    for node in graph.node:
        assert {name for name in node.input if name} <= known
        known |= set(node.output)
        first_use += [name for name in node.input if name not in first_use]
    constants = [constant.name for constant in graph.initializer]
    assert constants == [name for name in first_use if name in constants]


def test_garbage_is_collected_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with pytest.raises(RuntimeError), _eager_collection():
        assert gc.get_freeze_count() > 0 and gc.get_threshold() != before
        raise RuntimeError
    assert gc.get_threshold() == before and gc.get_freeze_count() == 0

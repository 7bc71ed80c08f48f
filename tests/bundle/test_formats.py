"""The table of formats, and what may be asked for."""

import inspect
from typing import get_args

import pytest

from lesion_pipeline.bundle.formats import FORMATS, SAFE, FormatName


def test_each_format_has_its_own_file() -> None:
    assert len({entry.file for entry in FORMATS.values()}) == len(FORMATS)
    assert {name for name, entry in FORMATS.items() if entry.reduced} == {
        "tflite_float16", "tflite_int8"
    }  # fmt: skip
    assert set(FORMATS) - set(SAFE) == {"saved_model"}


@pytest.mark.parametrize("name", FORMATS)
def test_the_module_of_a_format_writes_and_loads(name: str) -> None:
    module = FORMATS[name].module()
    assert list(inspect.signature(module.write).parameters) == ["network", "target"]
    assert list(inspect.signature(module.load).parameters) == ["path"]


def test_parameters_know_the_names_of_the_table() -> None:
    assert get_args(FormatName) == tuple(FORMATS)

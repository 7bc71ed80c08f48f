"""Which files `--model` takes."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.serve.model_file import SUFFIXES, check_model_file


def test_the_files_of_keras_are_accepted() -> None:
    for suffix in SUFFIXES:
        check_model_file(Path(f"model{suffix}"))


def test_others_are_refused_by_name() -> None:
    with pytest.raises(ModelError, match=r"^m\.pkl: expected \.h5, \.hdf5, \.keras$"):
        check_model_file(Path("m.pkl"))


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_a_file_of_a_bundle_is_refused_with_what_to_use_instead(suffix: str) -> None:
    with pytest.raises(ModelError, match=rf"a {suffix} file has neither .*: --bundle some/folder$"):
        check_model_file(Path(f"some/folder/model{suffix}"))

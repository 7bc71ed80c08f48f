"""Formats as files: what they hold, that their bytes repeat, and what is refused."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.convert import convert, training_sample
from lesion_pipeline.bundle.formats import FILES, FORMATS
from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.records.tfrecords import Records
from tests import tiny
from tests.code_deps import ROOT

# Run by itself: names in a graph depend on what the process has built before.
EXPORT_ALL = """
import sys
from pathlib import Path
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.formats import FORMATS
from tests.tiny import EXPORT
network, records, target = map(Path, sys.argv[1:])
convert(network, Records(records), target, EXPORT.model_copy(update={"formats": FORMATS}))
"""


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(
    bundle_of_diagnoses: Path, records: Records, tmp_path: Path
) -> None:
    network = bundle_of_diagnoses / FILES["keras"]
    runs = []
    for seed in ("1", "2"):  # of the hashes of strings, which decide the order of sets
        target = tmp_path / seed
        target.mkdir()
        command = [sys.executable, "-c", EXPORT_ALL, network, records.folder, target]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        runs.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
    assert [run.wait() for run in runs] == [0, 0]
    first, second = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert {name.split("/")[0] for name in first} == set(FILES.values())
    assert first == second


def test_the_sample_is_of_training_images_in_their_order(records: Records) -> None:
    train = np.stack(list(records.images("train").as_numpy_iterator()))
    sample = training_sample(records, 10, seed=1)
    assert sample.shape == (10, tiny.SIZE, tiny.SIZE, 3) and sample.dtype == np.uint8
    places = [int(np.flatnonzero((train == image).all(axis=(1, 2, 3)))[0]) for image in sample]
    assert places == sorted(set(places))
    np.testing.assert_array_equal(sample, training_sample(records, 10, seed=1))
    assert not np.array_equal(sample, training_sample(records, 10, seed=2))
    np.testing.assert_array_equal(training_sample(records, 999, seed=1), train)


@pytest.mark.slow
def test_int8_is_integer_throughout(
    bundle_of_diagnoses: Path, records: Records, tmp_path: Path
) -> None:
    from ai_edge_litert.interpreter import Interpreter

    params = tiny.EXPORT.model_copy(update={"formats": ("keras", "tflite_int8")})
    convert(bundle_of_diagnoses / FILES["keras"], records, tmp_path, params)
    details = Interpreter(str(tmp_path / FILES["tflite_int8"])).get_tensor_details()
    kernels = [of for of in details if len(of["shape"]) == 4 and of["quantization"][0] > 0]
    assert kernels
    floats = [of["name"] for of in details if of["dtype"] == np.float32 and of["shape"].size > 1]
    # Scaling of the input, and what the output is handed over as; nothing between.
    assert len(floats) <= 8, json.dumps(floats, indent=1)


def test_a_missing_package_is_named(
    bundle_of_diagnoses: Path, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "lesion_pipeline.bundle.onnx_file", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    params = tiny.EXPORT.model_copy(update={"formats": ("onnx",)})
    with pytest.raises(ModelError, match=r"onnx needs a package that isn't installed \(onnx\): "):
        convert(bundle_of_diagnoses / FILES["keras"], records, tmp_path, params)
    assert set(FORMATS) == set(FILES)

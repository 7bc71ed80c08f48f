import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.images import read_image
from lesion_pipeline.serve.load import load_bundle
from tests.web.served import Served
from tests.web.shown_files import photo

MODEL = "/v2/models/tiny"


def infer(served: Served, **tensor: object) -> tuple[int, dict]:  # type: ignore[type-arg]
    request = {"id": "7", "inputs": [{"name": "image", **tensor}]}
    answer = served.post(f"{MODEL}/infer", json.dumps(request).encode())
    return answer.status_code, answer.json()


def test_pixels_and_files_give_what_the_network_gives(
    served: Served, bundle_of_diagnoses: Path
) -> None:
    files = [photo(1), photo(2, "PNG")]
    pixels = np.stack([read_image(file, 64, "squash") for file in files])
    classifier = load_bundle(bundle_of_diagnoses)
    expected = np.round(classifier.predict(pixels).astype(float), 6)
    texts = [base64.b64encode(file).decode() for file in files]
    for tensor in (
        {"datatype": "UINT8", "shape": [2, 64, 64, 3], "data": pixels.ravel().tolist()},
        {"datatype": "UINT8", "shape": [2, 64, 64, 3], "data": pixels.tolist()},
        {"datatype": "BYTES", "shape": [2], "data": texts},
    ):
        status, answer = infer(served, **tensor)
        assert (status, answer["id"], answer["model_name"]) == (200, "7", "tiny")
        outputs = {each["name"]: each for each in answer["outputs"]}
        assert outputs["probabilities"]["shape"] == [2, 7]
        assert outputs["probabilities"]["data"] == expected.ravel().tolist()
        malignant = expected[:, [0, 1, 4]].sum(axis=1)
        assert outputs["probability_malignant"]["data"] == pytest.approx(malignant.tolist())


@pytest.mark.parametrize(
    ("tensor", "sentence"),
    [
        ({"datatype": "FP32", "shape": [1, 64, 64, 3], "data": [0]}, r"expected UINT8 \(1 to 8"),
        ({"datatype": "UINT8", "shape": [1, 64, 64], "data": [0]}, r"expected UINT8 \(1 to 8"),
        ({"datatype": "UINT8", "shape": [9, 64, 64, 3], "data": [0]}, r"expected UINT8 \(1 to 8"),
        ({"datatype": "UINT8", "shape": [1, 64, 64, 3], "data": [0]}, "as the shape tells"),
        ({"datatype": "UINT8", "shape": [1, 64, 64, 3], "data": [[1], [1, 2]]}, "as the shape"),
        ({"datatype": "UINT8", "shape": [1, 64, 64, 3], "data": [0.5] * 12288}, "whole numbers"),
        ({"datatype": "UINT8", "shape": [1, 64, 64, 3], "data": [256] * 12288}, "from 0 to 255"),
        ({"datatype": "BYTES", "shape": [2], "data": ["aaaa"]}, "their number as shape"),
        ({"datatype": "BYTES", "shape": [1], "data": ["?"]}, "expected files in base64"),
        ({"datatype": "BYTES", "shape": [1], "data": [7]}, "expected files in base64"),
        ({"datatype": "BYTES", "shape": [1], "data": ["aaaa"]}, "can't be decoded"),
        ({"datatype": "BYTES", "data": ["aaaa"]}, "no request of the Open Inference Protocol"),
    ],
)
def test_a_wrong_tensor_is_refused(
    served: Served, tensor: dict[str, object], sentence: str
) -> None:
    status, answer = infer(served, **tensor)
    assert status == 422
    assert re.search(sentence, answer["error"]), answer


def test_health_and_facts(served: Served) -> None:
    assert served.get("/v2/health/live").json() == {"live": True}
    assert served.get("/v2/health/ready").json() == {"ready": True}
    assert served.get("/v2").json()["name"] == "lesion-pipeline"
    assert served.get(f"{MODEL}/ready").json() == {"name": "tiny", "ready": True}
    facts = served.get(MODEL).json()
    assert facts["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, 64, 64, 3]}]
    assert facts["outputs"][0]["shape"] == [-1, 7]
    for path in ("", "/ready"):
        assert served.get(f"/v2/models/other{path}").status_code == 404

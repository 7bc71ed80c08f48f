import csv
import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.commands import LESION, run
from tests.web.served import Served, serving
from tests.web.shown_files import bomb, photo

DISCLAIMER = "For research and education only, not for clinical use."


def test_the_numbers_are_those_of_lesion_predict_to_the_last_digit(
    served: Served, bundle_of_diagnoses: Path, pictures: Path, tmp_path: Path
) -> None:
    target = tmp_path / "predictions.csv"
    command = (sys.executable, "-c", LESION, "predict", str(pictures), "--prevalence", "0.03")
    run(tmp_path, *command, "--bundle", str(bundle_of_diagnoses), "--output", str(target))
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert len(rows) == 48
    for row in rows:
        answer = served.post("/v1/predict?prevalence=0.03", Path(row["image"]).read_bytes()).json()
        for key in set(answer) & set(row):
            assert str(answer[key]) == row[key], key
        for name, value in answer["probabilities"].items():
            assert str(value) == row[f"probability_{name}"]
        assert len(answer["probabilities"]) == 7 and "probability_at_prevalence" in row
        assert (answer["disclaimer"], answer["generated"]) == (DISCLAIMER, True)


def test_without_a_prevalence_there_is_no_probability_for_one(served: Served) -> None:
    assert served.post("/v1/predict", photo()).json()["probability_at_prevalence"] is None


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("/v1/predict", b"%PDF-1.7", 422, "expected a JPEG or PNG image, received PDF"),
        ("/v1/predict", photo(0, "JPEG")[:900], 422, "can't be decoded: "),
        ("/v1/predict", bomb(), 422, "expected at most 40,000,000 pixels, received "),
        ("/v1/predict", photo(size=(20, 20)), 422, "expected sides of at least 32 pixels"),
        ("/v1/predict", b"", 400, "expected an image, received no bytes"),
        ("/v1/predict?prevalence=1", photo(), 422, "prevalence: input should be less than 1"),
        ("/v1/predict?prevalence=nan", photo(), 422, "prevalence: "),
        ("/v1/explain", b"x", 422, "can't be decoded"),
        ("/v1/explain?layer=x", photo(), 422, "layer: input should be 'overlay' or 'map'"),
        ("/v1/similar", b"x", 422, "can't be decoded"),
        ("/v1/similar?count=99", photo(), 422, "count: input should be less than"),
        ("/v1/other", b"x", 404, "Not Found"),
        ("/v1/model", b"x", 405, "Method Not Allowed"),
    ],
)
def test_an_error_is_one_sentence(
    served: Served, path: str, body: bytes, status: int, sentence: str
) -> None:
    answer = served.post(path, body)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"].startswith(sentence)
    assert "Traceback" not in answer.text


def test_a_form_is_told_how_to_send_an_image(served: Served) -> None:
    answer = served.post("/v1/predict", b"x", **{"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 415
    assert "send the bytes of one JPEG or PNG file as the body" in answer.json()["error"]


@pytest.mark.parametrize(("layer", "mode"), [("overlay", "RGB"), ("map", "RGBA")])
def test_a_heat_map_is_a_png_with_the_aspect_of_its_picture(
    served: Served, layer: str, mode: str
) -> None:
    content = photo(3, size=(120, 90))
    answer = served.post(f"/v1/explain?layer={layer}", content)
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.size, image.mode) == ((120, 90), mode)
    probability = served.post("/v1/predict", content).json()["probability_malignant"]
    assert float(answer.headers["Lesion-Probability"]) == pytest.approx(probability, abs=1e-6)
    assert float(answer.headers["Lesion-Lowest"]) <= probability + 1e-6


def test_similar_images_are_the_indexs_and_their_pictures_are_served(
    served: Served, pictures: Path
) -> None:
    file = sorted(pictures.iterdir())[3]
    found = served.post("/v1/similar?count=20", file.read_bytes()).json()
    (first,) = [each for each in found["images"] if each["image_id"] == file.stem]
    assert len(found["images"]) == 20 and found["disclaimer"] == DISCLAIMER
    assert first["similarity"] >= found["images"][0]["similarity"] - 0.001
    assert (first["diagnosis"], first["malignant"]) == ("nv", False)
    assert len(served.post("/v1/similar?count=4", file.read_bytes()).json()["images"]) == 4
    picture = served.get(first["picture"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    for stranger in ("val_00", "..%2fsplit.csv", "%00"):
        assert served.get(f"/v1/pictures/{stranger}").status_code == 404


def test_the_model_is_the_bundles_manifest(served: Served, bundle_of_diagnoses: Path) -> None:
    assert served.get("/v1/model").json() == json.loads(
        (bundle_of_diagnoses / "bundle.json").read_text()
    )


def test_a_network_that_predicts_malignant_or_not_and_no_index(bundle_folder: Path) -> None:
    with serving(bundle_folder, "--max-bytes", 100_000, "--max-pixels", 50_000) as server:
        answer = server.post("/v1/predict", photo()).json()
        assert answer["probabilities"] == {"malignant": answer["probability_malignant"]}
        assert answer["diagnosis"] is None
        refusal = server.post("/v1/similar", photo())
        assert refusal.status_code == 404 and "lesion index" in refusal.json()["error"]
        assert server.get("/v1/service").json() == {
            "max_bytes": 100_000, "max_pixels": 50_000, "max_requests": 64, "seconds": 30.0,
            "similar": False, "heat_map": "occlusion", "disclaimer": DISCLAIMER,
            "notice": "The network was trained on generated pictures: its predictions have no "
            "medical meaning.",
        }  # fmt: skip
        long = server.post("/v1/predict", bytes(300_000))
        assert (long.status_code, long.json()) == (
            413, {"error": "expected at most 100,000 bytes, received more"}
        )  # fmt: skip
        wide = server.post("/v1/predict", photo(size=(300, 200)))
        assert wide.json() == {"error": "expected at most 50,000 pixels, received 300 x 200"}

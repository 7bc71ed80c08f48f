import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lesion_pipeline.bundle.manifest import BundleManifest, read_manifest, write_manifest
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.core.labels import DIAGNOSES
from tests.bundle.changed import changed
from tests.code_deps import ROOT

WRITE_SCHEMA = "python -m lesion_pipeline.bundle.manifest > docs/bundle.schema.json"
MISSING = object()


def test_what_is_written_is_read(bundle_of_diagnoses: Path, tmp_path: Path) -> None:
    manifest = read_manifest(bundle_of_diagnoses)
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest
    assert (tmp_path / "bundle.json").read_bytes() == (
        bundle_of_diagnoses / "bundle.json"
    ).read_bytes()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("operating_point.threshold", MISSING, "operating_point.threshold: Field required"),
        ("operating_point.threshold", 1.5, "operating_point.threshold: expected less than or"),
        ("operating_point.threshold", "0.5", "operating_point.threshold: expected a valid number"),
        ("calibrator", MISSING, "calibrator: Field required"),
        ("calibrator", {"method": "beta"}, "calibrator: Input tag 'beta'"),
        ("calibrator", {"method": "platt", "slope": 1.0}, "calibrator.platt.intercept: Field"),
        ("classes", ["malignant", "benign"], "classes.0: expected 'benign'"),
        ("positive_class", "benign", "positive_class: expected 'malignant'"),
        ("image.resize", "stretch", "image.resize: expected 'squash', 'crop' or 'pad'"),
        ("image.size", 9, "image.size: expected that of network.image_size"),
        ("network.outputs", ["benign"], "network: outputs: expected malignant alone, or the seven"),
        ("network.outputs", list(DIAGNOSES)[::-1], "network: outputs: expected malignant alone"),
        ("network.malignant", [], "network: malignant: expected some of akiec, bcc"),
        ("network.malignant", ["malignant", "mel"], "network: malignant: expected some of akiec"),
        ("network.malignant", ["melanoma"], "network: malignant: expected some of akiec, bcc"),
        ("data.malignant", ["mel"], "data.malignant: expected that of network.malignant"),
        ("network.arch", MISSING, "network.arch: Field required"),
        ("data.generated", MISSING, "data.generated: Field required"),
        ("versions", {}, "versions: Dictionary should have at least 1 item"),
        ("evaluation.val", MISSING, "evaluation.val: Field required"),
        ("operating_point.test", MISSING, "operating_point.test: Field required"),
        ("policies.fixed.threshold", 2.0, "policies.fixed.threshold: expected less than or"),
        ("policies.guess", {}, "policies.guess.[key]: expected 'target_sensitivity'"),
        ("tta", 2, "tta: expected 1, 4 or 8"),
        ("formats.keras.bytes", MISSING, "formats.keras.bytes: Field required"),
        ("formats.pickle", {}, "formats.pickle.[key]: expected 'tflite', 'onnx', 'keras'"),
        ("surprise", 1, "surprise: unknown key"),
        ("threshold", 0.3, "threshold: unknown key"),  # as in format 1: it would not be used
        ("network.surprise", 1, "network.surprise: unknown key"),
        ("name", "", "name: String should have at least 1 character"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    key: str, value: Any, message: str, bundle_folder: Path, tmp_path: Path
) -> None:
    folder = changed(bundle_folder, tmp_path)
    path = folder / "bundle.json"
    manifest = json.loads(path.read_text())
    *parents, last = key.split(".")
    part = manifest
    for parent in parents:
        part = part[parent]
    if value is MISSING:
        del part[last]
    else:
        part[last] = value
    path.write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=rf"bundle\.json: {re.escape(message)}"):
        read_manifest(folder)


def test_all_wrong_keys_are_named(bundle_folder: Path, tmp_path: Path) -> None:
    folder = changed(bundle_folder, tmp_path, tta=3, surprise=1)
    with pytest.raises(BundleError) as caught:
        read_manifest(folder)
    assert str(caught.value) == (
        f"{folder / 'bundle.json'}: tta: expected 1, 4 or 8; surprise: unknown key"
    )


@pytest.mark.parametrize("number", [1, 4, None])
def test_another_format_is_refused_by_one_line(
    number: int | None, bundle_folder: Path, tmp_path: Path
) -> None:
    folder = changed(bundle_folder, tmp_path, format=number, surprise=1)
    with pytest.raises(BundleError) as caught:
        read_manifest(folder)
    assert str(caught.value) == (
        f"{folder / 'bundle.json'}: format: expected 6, received {number}: it was made by another "
        "version of this program; export it anew, or use that version"
    )


def test_a_file_outside_the_bundle_is_refused(bundle_folder: Path, tmp_path: Path) -> None:
    folder = changed(bundle_folder, tmp_path, formats__keras__file="../other.keras")
    message = r"formats: expected keras in model\.keras, received '\.\./other\.keras'"
    with pytest.raises(BundleError, match=message):
        read_manifest(folder)


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no bundle at .*: run `dvc repro` or name another one"):
        read_manifest(tmp_path / "none")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "not found"), ("[]", "expected a JSON object, received list"), ("{", "not valid JSON")],
)
def test_an_incomplete_bundle(content: str | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "bundle.json").write_text(content)
    with pytest.raises(BundleError, match=rf"^incomplete bundle: .*bundle\.json.* {message}"):
        read_manifest(tmp_path)


def test_the_published_schema_is_that_of_the_code() -> None:
    published = json.loads((ROOT / "docs/bundle.schema.json").read_text())
    assert published == BundleManifest.model_json_schema(), f"write it again: {WRITE_SCHEMA}"


def test_reading_a_manifest_is_light() -> None:
    script = "import lesion_pipeline.bundle.manifest, sys; print(*sys.modules)"
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "pydantic" in loaded
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn", "scipy", "matplotlib"}

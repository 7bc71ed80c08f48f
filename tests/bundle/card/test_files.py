import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lesion_pipeline.bundle.card.files import files_section, use_section
from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.bundle.results import FormatReport
from lesion_pipeline.images import Resize, read_image
from lesion_pipeline.serve.load import load_bundle
from tests.tiny import SIZE

pytestmark = pytest.mark.slow

REPORT = FormatReport(
    file="model.keras", bytes=1234567, max_probability_difference=2e-6,
    roc_auc_difference=-0.00125, same_decisions=0.975, images=200,
)  # fmt: skip


def test_the_file_of_each_format() -> None:
    section = files_section({"keras": REPORT})
    assert section.endswith("| model.keras | keras | 1.2 | 200 | 2e-06 | -0.0013 | 97.50% |")
    assert "`encoded`" not in section


def test_a_saved_model_is_explained() -> None:
    section = files_section({"saved_model": REPORT.model_copy(update={"file": "saved_model"})})
    assert "The signature `encoded` of the SavedModel takes the bytes of" in section


@pytest.mark.parametrize(
    ("resize", "line"),
    [
        ("squash", "image = image.resize((64, 64), Image.Resampling.BICUBIC)"),
        ("crop", "image = ImageOps.fit(image, (64, 64), Image.Resampling.BICUBIC)"),
        ("pad", "image = ImageOps.pad(image, (64, 64), Image.Resampling.BICUBIC)"),
    ],
)
def test_the_code_resizes_as_the_pipeline_did(
    resize: Resize, line: str, bundle_folder: Path
) -> None:
    manifest = read_manifest(bundle_folder)
    image = manifest.image.model_copy(update={"resize": resize})
    assert line in use_section(manifest.model_copy(update={"image": image})).splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("bundle", ["bundle_folder", "bundle_of_diagnoses", "undiagnosed_bundle"])
def test_the_code_runs_and_gives_the_bundle_s_probability(
    bundle: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    source = request.getfixturevalue(bundle)
    folder = Path(shutil.copytree(source, tmp_path / "bundle"))
    pixels = np.random.default_rng(1).integers(0, 256, (45, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((600, 450)).save(folder / "image.jpg")
    card = (folder / "MODEL_CARD.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    monkeypatch.chdir(folder)
    exec(compile(code, "MODEL_CARD.md", "exec"), {})
    probability, decision = capsys.readouterr().out.splitlines()[-1].split()
    classifier = load_bundle(source)
    outputs = classifier.predict(read_image(folder / "image.jpg", SIZE, "squash")[None])
    expected = float(classifier.malignancy(outputs)[0])
    assert float(probability) == pytest.approx(expected, abs=1e-6)
    assert classifier.threshold is not None
    assert decision == ("malignant" if expected >= classifier.threshold else "benign")

"""docs/extending.md: each of its examples is added to a copy of the project, which then runs.

With other malignant diagnoses, which reach every stage: one run of everything shows both.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.commands import LESION, ROOT, ran, run, set_params

BLOCK = re.compile(r"^( *)```(?:python|yaml)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
LIBRARY = Path("lesion_pipeline")


def blocks() -> list[str]:
    """Return the code of the page, without the indentation of its list."""
    text = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
    return [
        "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        for indent, body in BLOCK.findall(text)
    ]


def insert(file: Path, anchor: str, new: str, before: bool = False) -> None:
    """Put text after, or before, a line that is there exactly once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(anchor) == 1, f"{file}: {anchor!r} is there {text.count(anchor)} times"
    file.write_text(text.replace(anchor, new + anchor if before else anchor + new))


def extend(folder: Path, share: Path) -> None:
    """Follow the page: a source, an architecture, a format, a metric and a stage."""
    library = folder / LIBRARY
    code = blocks()
    source, names, entry = code[:3]
    (library / "sources/clinic.py").write_text(source.replace("/srv/clinic", str(share)))
    params = library / "sources/params.py"
    params.write_text(re.sub(r"(?m)^SourceName = .*$", names.strip(), params.read_text()))
    insert(library / "sources/fetch.py", "SOURCES: Final[dict[SourceName, Bring]] = {\n", entry)
    insert(
        library / "sources/fetch.py", "from lesion_pipeline.sources.dataverse import",
        "from lesion_pipeline.sources.clinic import clinic\n", before=True,
    )  # fmt: skip
    architectures = library / "backbones/architectures.py"
    insert(architectures, '    "simple_cnn": Architecture(', code[3], before=True)
    insert(library / "backbones/names.py", '    "simple_cnn": 4,\n', code[4], before=True)
    (library / "bundle/tflite_dynamic.py").write_text(code[5])
    formats = library / "bundle/formats.py"
    insert(formats, "# Of those that give the same", code[6] + "\n\n", before=True)
    insert(formats, '    "tflite_int8": NetworkFormat(', code[7], before=True)
    results = library / "scores/results.py"
    insert(results, "    calibrated: CalibratedScores | None = None\n", code[8])
    insert(library / "evaluation/evaluate.py", '            "images": len(table),\n', code[9])
    (library / "splitting/balance.py").write_text(code[10])
    (folder / "stages/balance.py").write_text(code[11])
    insert(library / "schema.py", '    "split": SplitParams,\n', code[12])
    insert(
        library / "schema.py", "from lesion_pipeline.splitting.params import",
        "from lesion_pipeline.splitting.balance import BalanceParams\n", before=True,
    )  # fmt: skip
    insert(folder / "params.yaml", "preprocess:\n", code[13] + "\n", before=True)
    insert(folder / "dvc.yaml", "  preprocess:\n", code[14] + "\n", before=True)
    assert len(code) == 15


def check_malignant(copied: Path) -> None:
    """What is malignant has reached every stage, and the bundle."""
    places = [
        "data/raw/collection.json", "data/split/split_metadata.json",
        "data/tfrecords/manifest.json", "data/model/manifest.json",
        "metrics/fetch.json", "metrics/summary.json",
    ]  # fmt: skip
    for place in places:
        assert json.loads((copied / place).read_text())["malignant"] == ["mel", "nv"], place
    bundle = json.loads((copied / "data/export/bundle.json").read_text())
    assert bundle["network"]["malignant"] == ["mel", "nv"]
    table = pd.read_csv(copied / "data/predictions/test.csv")
    assert (table["label"] == table["dx"].isin(["mel", "nv"])).all()
    np.testing.assert_allclose(table["probability"], table["mel"] + table["nv"], rtol=1e-12)
    image = f"data/raw/images/{table.loc[0, 'image_id']}.jpg"
    run(copied, sys.executable, "-c", LESION, "predict", image, "--output", "predicted.csv")
    predicted = pd.read_csv(copied / "predicted.csv").loc[0, "probability_malignant"]
    assert predicted == pytest.approx(table.loc[0, "probability"], abs=1e-5)


@pytest.mark.slow
def test_each_example_of_the_page_works_when_it_is_followed(copied: Path, tmp_path: Path) -> None:
    share = tmp_path / "share"
    shutil.copytree(copied / "data/raw", share)
    run(copied, "git", "checkout", "params.yaml")
    extend(copied, share)
    declared = yaml.safe_load((copied / "dvc.yaml").read_text())["stages"]["balance"]
    run(copied, sys.executable, "-m", "tests.code_deps", "--write")
    written = yaml.safe_load((copied / "dvc.yaml").read_text())["stages"]["balance"]
    assert sorted(declared["deps"]) == sorted(written["deps"])
    set_params(
        copied,
        {
            "fetch.source": "clinic",
            "fetch.malignant": ["nv", "mel"],
            "model.arch": "mobilenet_v2",
            "export.formats": ["keras", "tflite_dynamic"],
            "export.max_auc_drop": 0.2,  # one of ten images of val may change its rank
        },
    )
    output = run(copied, "dvc", "repro", "balance", "export")
    assert "balance" in ran(output)
    check_malignant(copied)

    collection = json.loads((copied / "data/raw/collection.json").read_text())
    assert collection["source"] == "clinic"
    assert collection["attribution"]["title"] == "The clinic's collection"
    network = json.loads((copied / "data/model/manifest.json").read_text())
    assert network["arch"] == "mobilenet_v2"
    bundle = json.loads((copied / "data/export/bundle.json").read_text())
    assert set(bundle["formats"]) == {"keras", "tflite_dynamic"}
    assert (copied / "data/export/model_dynamic.tflite").is_file()
    scores = json.loads((copied / "metrics/evaluate.json").read_text())
    assert 0 < scores["val"]["mean_probability"] < 1
    fractions = json.loads((copied / "metrics/balance.json").read_text())
    assert sum(fractions["nv"].values()) == pytest.approx(1)


def test_the_page_names_files_that_are_there() -> None:
    text = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", text)
    new = {"sources/clinic.py", "bundle/tflite_dynamic.py", "splitting/balance.py"}
    new |= {"stages/balance.py"}
    assert set(named) >= new
    for name in set(named) - new:
        assert (ROOT / LIBRARY / name).is_file() or (ROOT / name).is_file(), name

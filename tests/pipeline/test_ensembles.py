"""Two revisions of a repository become one bundle, by the command that its card names."""

import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.commands import LESION, run

IMAGES = "data/raw/images"


def lesion(folder: Path, *arguments: str, status: int = 0) -> str:
    return run(folder, sys.executable, "-c", LESION, *arguments, status=status)


@pytest.mark.slow
def test_two_revisions_become_one_bundle(copied: Path) -> None:
    other = ("-S", "train.label_smoothing=0", "-S", "train.fine_tune.epochs=0")
    run(copied, "dvc", "exp", "run", "--name", "other", *other, "export")
    tables = [pd.read_csv(copied / "data/predictions/test.csv")]
    run(copied, "git", "restore", ".")
    run(copied, "dvc", "checkout", "-q")
    tables.append(pd.read_csv(copied / "data/predictions/test.csv"))
    output = lesion(copied, "ensemble", "HEAD", "other", "--samples", "50", "--output", "both")
    lines = [line.split() for line in output.splitlines()]
    assert ["HEAD", "0.5"] in [line[:2] for line in lines]
    assert "ensemble compared with " in output
    assert output.index("on val (") < output.index("on test (")
    assert "both: keras, tflite, verified on val" in output

    lesion(copied, "predict", IMAGES, "--bundle", "both", "--output", "both.csv")
    found = pd.read_csv(copied / "both.csv").set_index("image")["probability_malignant"]
    wanted = np.mean([table["probability"] for table in tables], axis=0)
    images = [f"{IMAGES}/{name}.jpg" for name in tables[0]["image_id"]]
    np.testing.assert_allclose(found[images], wanted, atol=1e-4)

    (command,) = re.findall(
        "```sh\n(lesion ensemble .*)\n```", (copied / "both/MODEL_CARD.md").read_text()
    )
    before = {path.name: path.read_bytes() for path in (copied / "both").iterdir()}
    lesion(copied, *shlex.split(command)[1:])
    after = {path.name: path.read_bytes() for path in (copied / "both").iterdir()}
    assert set(before) == set(after)
    assert {name for name in before if before[name] != after[name]} <= {
        "bundle.json", "MODEL_CARD.md",  # which have the names that revisions were given
    }  # fmt: skip

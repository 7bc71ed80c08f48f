"""docs/vectors.md: its script makes vectors, with which the pipeline runs to its end."""

import json
import re
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.code_deps import ROOT
from tests.commands import LESION, ran, run, set_params

PAGE = (ROOT / "docs/vectors.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_example_of_the_page_runs_to_the_end(copied: Path) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    make, first, *_ = [shlex.split(line) for line in block.splitlines()]
    printed = run(copied, sys.executable, *make[1:])
    assert "colours.npz: " in printed and "thumbnail.npz: " in printed
    set_params(copied, {"train.fine_tune.epochs": 0})
    output = run(copied, *first)
    assert {"embed", "train", "export", "finish"} <= set(ran(output))
    assert "Built lesion-classifier: a head on the vectors of colours.npz." in output

    bundle = json.loads((copied / "data/export/bundle.json").read_text())
    assert bundle["network"]["vectors"]["dims"] == 96
    assert set(bundle["formats"]) == {"keras", "tflite"}
    explained = json.loads((copied / "metrics/explain.json").read_text())
    assert explained["evidence_inside"] is None and "vectors" in explained["reason"]
    index = pd.read_csv(copied / "data/tfrecords/index.csv")
    predicted = pd.read_csv(copied / "data/predictions/test.csv")
    assert predicted["image_id"].tolist() == index[index["split"] == "test"]["image_id"].tolist()
    compared = run(copied, sys.executable, "-c", LESION, "compare", "HEAD", "colours")
    assert "colours compared with HEAD on val (" in compared
    refused = run(
        copied, sys.executable, "-c", LESION, "predict", "data/raw/images", "--output", "x.csv",
        status=2,
    )  # fmt: skip
    assert "its network takes vectors of 96 numbers, not images" in refused

"""Section `split`: what is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.params import load_params
from lesion_pipeline.splitting.params import SplitParams
from tests.code_deps import ROOT

PARAMS = load_params("split", SplitParams, ROOT / "params.yaml")


@pytest.mark.parametrize(
    ("written", "total"),
    [("train: 0.70", r"0\.9"), ("train: 0.81", r"1\.01")],
)
def test_ratios_that_do_not_sum_to_1_are_refused(tmp_path: Path, written: str, total: str) -> None:
    text = (ROOT / "params.yaml").read_text()
    file = tmp_path / "params.yaml"
    file.write_text(re.sub(r"train: 0\.70", written, text).replace("val: 0.15", "val: 0.05"))
    expected = rf"split\.ratios: expected train \+ val \+ test = 1, their sum is {total}$"
    with pytest.raises(ParamsError, match=expected):
        load_params("split", SplitParams, file)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fold": 6}, "expected fold from 1 to folds, 5, it is 6"),
        ({"strategy": "file"}, "need each other, received strategy file and file null"),
        ({"file": "splits/a.csv"}, "need each other, received strategy reference and file spl"),
        ({"folds": 2}, "greater than or equal to 3"),
        ({"fold": 0}, "greater than or equal to 1"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        SplitParams.model_validate(PARAMS.model_dump() | changes)

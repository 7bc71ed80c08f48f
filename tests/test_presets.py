"""A preset is a list of arguments for `dvc exp run` that fits params.yaml."""

import shlex
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from lesion_pipeline.schema import check_params
from tests.code_deps import ROOT

PRESETS = sorted(path for path in (ROOT / "presets").iterdir() if not path.suffix)


def apply(path: Path, tree: dict[str, Any]) -> None:
    arguments = shlex.split(path.read_text())
    assert arguments[::2] == ["-S"] * (len(arguments) // 2)
    for setting in arguments[1::2]:
        name, value = setting.split("=", 1)
        *parents, key = name.split(".")
        section = tree
        for parent in parents:
            section = section[parent]
        assert key in section, f"{path.name}: params.yaml has no {name}"
        section[key] = yaml.safe_load(value)


def test_these_are_the_presets() -> None:
    assert [path.name for path in PRESETS] == ["best", "fast"]


def test_presets_set_the_same_parameters_so_that_one_can_follow_another() -> None:
    names = [[item.split("=")[0] for item in path.read_text().split()[1::2]] for path in PRESETS]
    assert names[0] == names[1]


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.name)
def test_a_preset_fits_params_yaml(path: Path, tmp_path: Path) -> None:
    tree = yaml.safe_load((ROOT / "params.yaml").read_text())
    apply(path, tree)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(tree))
    check_params(tmp_path / "params.yaml")


def test_the_defaults_are_the_preset_fast_but_for_the_size_of_a_batch() -> None:
    """A collection of thousands has more batches an epoch than it needs, a small one too few."""
    default = yaml.safe_load((ROOT / "params.yaml").read_text())
    preset = deepcopy(default)
    apply(ROOT / "presets/fast", preset)
    for tree in (default, preset):
        del tree["train"]["batch_size"], tree["train"]["learning_rate"]
    assert preset == default

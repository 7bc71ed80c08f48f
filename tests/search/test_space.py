from pathlib import Path
from typing import Any

import pytest
import yaml

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.search.params import SamplerName
from lesion_pipeline.search.space import Axis, chosen_values, grid_size, read_search, read_space
from tests.code_deps import ROOT
from tests.search.tiny_search import AXES, HEAD, RATE, SMOOTHING, base


def read(folder: Path, space: Any, sampler: SamplerName = "tpe") -> tuple[Axis, ...]:
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump({"space": space}, sort_keys=False))
    return read_space(path, base(), ROOT, sampler)


def test_choices_ranges_and_keys_that_change_together(tmp_path: Path) -> None:
    space = {
        RATE.key: {"low": 0.0005, "high": 0.005, "log": True},
        SMOOTHING.key: [0, 0.1, 0.2],
        HEAD.key: list(HEAD.choices),
    }
    assert read(tmp_path, space) == AXES


def test_a_range_of_a_key_that_takes_whole_numbers(tmp_path: Path) -> None:
    (axis,) = read(tmp_path, {"train.batch_size": {"low": 16, "high": 256, "log": True}})
    assert axis.whole and axis.ends() == [16, 256]
    assert axis.value(31.0) == 31 and isinstance(axis.value(31.0), int)


def test_numbers_of_a_range_are_short_and_stay_within() -> None:
    assert RATE.value(0.00123456) == 0.001235
    assert RATE.value(0.00500049) == 0.005


def test_what_was_drawn_becomes_values_of_params_yaml() -> None:
    drawn = {RATE.key: 0.001, SMOOTHING.key: "0.1", HEAD.key: HEAD.raw(HEAD.choices[0])}
    assert chosen_values(AXES, drawn) == {
        "train.learning_rate": 0.001,
        "train.label_smoothing": 0.1,
        "train.head.units": [8],
        "train.head.dropout": [0.1, 0.1],
    }


def test_a_grid(tmp_path: Path) -> None:
    rates = {"low": 0.001, "high": 0.1, "log": True, "steps": 3}
    axes = read(
        tmp_path,
        {"train.learning_rate": rates, "train.epochs": {"low": 1, "high": 3, "steps": 9}},
        "grid",
    )
    assert axes[0].grid() == pytest.approx([0.001, 0.01, 0.1])
    assert axes[1].grid() == [1, 2, 3]
    assert grid_size(axes) == 9


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        ("train.rate", [1], "unknown key 'rate'"),
        ("trian.epochs", [1], "unknown section 'trian'"),
        ("train.epochs", [1, 0], "with 0: train.epochs: expected greater than or equal to 1"),
        ("train.epochs", [], "expected choices, received an empty list"),
        ("train.epochs", [1, 1], "1 is there twice"),
        ("train.epochs", 7, "expected a list of choices, or low and high, received 7 (int)"),
        ("train.epochs", {"low": 1}, "high: Field required"),
        ("train.epochs", {"low": 1, "high": 2.5}, "expected whole numbers"),
        ("train.epochs", {"low": 2, "high": 2}, "expected low below high"),
        ("train.epochs", {"low": 0, "high": 2}, "with 0: train.epochs"),
        ("train.weight_decay", {"low": 0, "high": 1, "log": True}, "expected low above 0"),
        ("train.epochs", {"low": 1, "high": 2, "steps": 2}, "takes no steps"),
        ("train.target", {"low": 1, "high": 2}, "it is no number"),
        ("train.seed", [1, 2], "the best of several seeds is luck"),
        ("train.folds", [1, 5], "it changes which images are called val"),
        ("split.seed", [1, 2], "the sections that can be searched are preprocess, model"),
        ("evaluate.calibration_bins", [5], "the sections that can be searched are"),
        ("predict", [{"tta": 4, "lesions": "max"}], "it doesn't change the figures by image"),
    ],
)
def test_refuses(tmp_path: Path, key: str, given: Any, message: str) -> None:
    with pytest.raises(ParamsError) as raised:
        read(tmp_path, {key: given})
    assert str(raised.value).startswith(f"{tmp_path}/search.yaml: space.{key}")
    assert message in str(raised.value)


def test_all_offenders_are_named(tmp_path: Path) -> None:
    with pytest.raises(ParamsError) as raised:
        read(tmp_path, {"train.epochs": [0], "train.seed": [1]})
    assert len(str(raised.value).splitlines()) == 2


def test_two_axes_may_not_set_the_same_key(tmp_path: Path) -> None:
    space = {"train.head": [{"units": [8], "dropout": [0, 0]}], "train.head.units": [[4, 2]]}
    with pytest.raises(ParamsError, match=r"train.head.units: set by train.head and by train"):
        read(tmp_path, space)


def test_a_grid_needs_steps(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"sampler grid needs steps"):
        read(tmp_path, {"train.learning_rate": {"low": 0.1, "high": 0.2}}, "grid")


def test_an_empty_space(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"expected keys of params.yaml, received none"):
        read(tmp_path, {})


def test_the_section_search(tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_text("space: {}")
    assert read_search(path).sampler == "tpe"
    path.write_text("search: {sampler: grid, trials: 3}")
    assert (read_search(path).sampler, read_search(path).trials) == ("grid", 3)
    path.write_text("search: {trial: 3}")
    with pytest.raises(ParamsError, match=r"unknown key 'trial'.*did you mean trials"):
        read_search(path)
    with pytest.raises(ParamsError, match=r"nowhere.yaml not found"):
        read_search(tmp_path / "nowhere.yaml")


def test_the_example_is_right() -> None:
    path = ROOT / "presets/search.yaml"
    assert len(read_space(path, base(), ROOT, read_search(path).sampler)) == 5

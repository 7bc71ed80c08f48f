from pathlib import Path

import pytest

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.search.settings import base_tree, code_hashes, read_preset, settings
from tests.code_deps import ROOT
from tests.search.tiny_search import AXES, base, params


def test_a_preset() -> None:
    values = read_preset(ROOT / "presets/fast")
    assert values[0] == "model.arch=efficientnet_lite0"
    tree = base_tree(ROOT / "params.yaml", values)
    assert (tree["train"]["batch_size"], tree["train"]["learning_rate"]) == (128, 0.0015)
    assert tree["train"]["head"]["units"] == [512, 256]


def test_without_options_it_is_params_yaml() -> None:
    before = (ROOT / "params.yaml").read_bytes()
    assert base_tree(ROOT / "params.yaml", []) == base()
    assert (ROOT / "params.yaml").read_bytes() == before


def test_refuses_what_is_no_preset(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"expected a file such as presets/fast"):
        read_preset(tmp_path / "nothing")
    (tmp_path / "wrong").write_text("train.epochs=3")
    with pytest.raises(ParamsError, match=r"expected lines such as"):
        read_preset(tmp_path / "wrong")


def test_refuses_options_that_dvc_refuses_or_stages() -> None:
    with pytest.raises(ParamsError, match=r"with train.epoch=3: Could not override 'train.epoch'"):
        base_tree(ROOT / "params.yaml", ["train.epoch=3"])
    with pytest.raises(ParamsError, match=r"train.epochs: expected greater than or equal to 1"):
        base_tree(ROOT / "params.yaml", ["train.epochs=0"])


def test_what_has_no_effect_on_a_trial_may_change() -> None:
    one = settings(ROOT, base(), params(), AXES)
    assert one == settings(ROOT, base() | {"figures": {"dpi": 1}}, params(trials=9), AXES)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("seed", lambda: settings(ROOT, base(), params(seed=7), AXES)),
        ("space", lambda: settings(ROOT, base(), params(), AXES[:2])),
        ("objective", lambda: settings(ROOT, base(), params(objective="log_loss"), AXES)),
        (
            "base of params.yaml and preset",
            lambda: settings(ROOT, base() | {"train": {}}, params(), AXES),
        ),
    ],
)
def test_what_has_one_may_not(name: str, other: object) -> None:
    one, two = settings(ROOT, base(), params(), AXES), other()
    assert [key for key in one if one[key] != two[key]] == [name]


def test_code_of_the_stages_of_a_trial() -> None:
    found = code_hashes(ROOT)
    assert {"lesion_pipeline/training/train.py", "stages/predict.py"} <= found.keys()
    assert not any("/charts/" in name or "/search/" in name for name in found)

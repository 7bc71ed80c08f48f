from pathlib import Path

from lesion_pipeline.search.tree import as_options, in_words, leaves, problems, with_values
from lesion_pipeline.training.params import TrainParams
from tests.code_deps import ROOT
from tests.search.tiny_search import base


def test_leaves_of_a_mapping_are_those_of_its_keys() -> None:
    found = dict(leaves("train.head", {"units": [8], "dropout": [0.1, 0.2]}))
    assert found == {"train.head.units": [8], "train.head.dropout": [0.1, 0.2]}
    assert dict(leaves("train.epochs", 3)) == {"train.epochs": 3}


def test_a_changed_copy_leaves_the_original_as_it_was() -> None:
    tree = {"train": {"head": {"units": [1]}, "epochs": 2}}
    changed = with_values(tree, {"train.head.units": [4, 2], "new.key": 1})
    assert changed == {"train": {"head": {"units": [4, 2]}, "epochs": 2}, "new": {"key": 1}}
    assert tree == {"train": {"head": {"units": [1]}, "epochs": 2}}


def test_params_yaml_has_no_problem() -> None:
    assert problems(base(), ROOT) == []


def test_problems_are_those_that_stages_find() -> None:
    tree = with_values(base(), {"train.epochs": 0, "train.epoch": 1})
    keys = ", ".join(TrainParams.model_fields)
    assert problems(tree, Path("nowhere")) == [
        "train.epochs: expected greater than or equal to 1, received 0 (int)",
        f"train.epoch: unknown key 'epoch', expected one of {keys}; did you mean epochs?",
    ]


def test_values_that_do_not_go_together() -> None:
    tree = with_values(base(), {"embed.cut": 99})
    assert "embed.cut" in problems(tree, ROOT)[0]


def test_options_of_dvc() -> None:
    values = {"train.head.units": [8, 4], "train.target": "binary", "train.learning_rate": 1e-5}
    assert as_options(values) == [
        "-S", "train.head.units=[8,4]", "-S", "train.target=binary",
        "-S", "train.learning_rate=1e-05",
    ]  # fmt: skip
    assert [in_words(value) for value in (None, True, 0.1)] == ["null", "true", "0.1"]

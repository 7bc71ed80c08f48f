"""What earlier runs took, from the files that they leave."""

from pathlib import Path

import pytest
import yaml

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.planning.earlier import locked_params, seconds_taken
from lesion_pipeline.planning.workload import PlannedParams


def write_lock(folder: Path, params: PlannedParams, **changes: dict[str, object]) -> None:
    sections = {
        name: getattr(params, name).model_dump(mode="json") | changes.get(name, {})
        for name in PlannedParams._fields
    }
    for name, change in changes.items():
        for key in [key for key, value in change.items() if value == "gone"]:
            del sections[name][key]
    stages = {name: {"params": {"params.yaml": {name: each}}} for name, each in sections.items()}
    (folder / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))


def test_parameters_of_the_last_run(tmp_path: Path, params: PlannedParams) -> None:
    write_lock(tmp_path, params, train={"epochs": 7})
    found = locked_params(tmp_path, params)
    assert found is not None and found.train.epochs == 7
    assert found == params._replace(train=params.train.model_copy(update={"epochs": 7}))


def test_a_key_that_is_newer_has_its_value_of_now(tmp_path: Path, params: PlannedParams) -> None:
    write_lock(tmp_path, params, preprocess={"encoding": "gone"})
    assert locked_params(tmp_path, params) == params


def test_a_key_that_is_no_more_makes_it_unknown(tmp_path: Path, params: PlannedParams) -> None:
    write_lock(tmp_path, params, preprocess={"colours": 3})
    assert locked_params(tmp_path, params) is None


def test_without_a_run_nothing_is_known(tmp_path: Path, params: PlannedParams) -> None:
    assert locked_params(tmp_path, params) is None
    assert seconds_taken(tmp_path / "seconds") == {}
    (tmp_path / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    assert locked_params(tmp_path, params) is None
    (tmp_path / "dvc.lock").write_text("[]")
    with pytest.raises(DataError, match="not what DVC writes"):
        locked_params(tmp_path, params)


def test_seconds(tmp_path: Path) -> None:
    (tmp_path / "embed").write_text("19.3\n")
    (tmp_path / "train").write_text("?")
    assert seconds_taken(tmp_path) == {"embed": 19.3}

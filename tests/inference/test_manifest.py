"""Which predictions of val files of the network are compared with."""

from pathlib import Path

from lesion_pipeline.inference.manifest import WHOLE_VAL, verified_predictions


def test_those_of_the_whole_network_come_before_those_of_its_members(tmp_path: Path) -> None:
    assert verified_predictions(tmp_path) == tmp_path / "val.csv"
    (tmp_path / f"{WHOLE_VAL}.csv").touch()
    assert verified_predictions(tmp_path) == tmp_path / "whole_val.csv"

"""All sections of params.yaml with their types."""

import shutil
from pathlib import Path

import pytest
import yaml

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.params import Section, load_params
from lesion_pipeline.schema import SECTIONS, check_params, check_target
from lesion_pipeline.vocabulary import UNDIAGNOSED
from tests.code_deps import ROOT

COMMITTED = ROOT / "params.yaml"


def test_the_committed_file_passes() -> None:
    check_params(COMMITTED)


@pytest.mark.parametrize(("section", "kind"), SECTIONS.items())
def test_a_section_reads_back_what_the_file_has(section: str, kind: type[Section]) -> None:
    loaded = load_params(section, kind, COMMITTED).model_dump(mode="json")
    assert loaded == yaml.safe_load(COMMITTED.read_text())[section]


def test_a_wrong_value_of_a_late_stage_stops_the_first_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`stages.fetch` doesn't read section train, but the whole file is checked before it runs."""
    from lesion_pipeline.core.stage import run_stage

    tree = yaml.safe_load(COMMITTED.read_text())
    tree["train"]["epochs"] = "abc"
    tree["trian"] = {}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(tree))
    monkeypatch.chdir(tmp_path)
    started: list[int] = []
    with pytest.raises(SystemExit) as ended:
        run_stage(lambda: started.append(1))
    text = str(ended.value.code)
    assert "train.epochs: expected a valid integer, received 'abc' (str)" in text
    assert "unknown section 'trian'" in text and "did you mean train?" in text
    assert started == []


def test_diagnoses_are_no_target_where_there_are_none(tmp_path: Path) -> None:
    check_target(("mel",), COMMITTED)
    with pytest.raises(ParamsError, match=r"^train\.target: expected binary"):
        check_target(UNDIAGNOSED, COMMITTED)
    tree = yaml.safe_load(COMMITTED.read_text())
    tree["train"]["target"] = "binary"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(tree))
    check_target(UNDIAGNOSED, tmp_path / "params.yaml")


@pytest.mark.parametrize("section", SECTIONS)
def test_no_section_may_be_missing(section: str, tmp_path: Path) -> None:
    tree = yaml.safe_load(COMMITTED.read_text())
    del tree[section]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(tree))
    with pytest.raises(ParamsError, match=f"section {section} is missing"):
        check_params(tmp_path / "params.yaml")


def test_a_file_elsewhere_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "other.yaml"
    shutil.copy(COMMITTED, copy)
    check_params(copy)
    copy.write_text("fetch: 1")
    with pytest.raises(
        ParamsError, match=r"other\.yaml: fetch: expected keys and their values, received 1"
    ):
        check_params(copy)


@pytest.mark.parametrize(
    ("override", "lines"),
    [("train.seed=43", 1), ("fetch.path=/a/folder", 1), ("train.head.units=[]", 3)],
)
def test_an_experiment_changes_only_the_lines_of_its_values(
    override: str, lines: int, tmp_path: Path
) -> None:
    """The file is in the form in which `dvc exp run -S` writes it."""
    from dvc.utils.hydra import apply_overrides

    copy = tmp_path / "params.yaml"
    shutil.copy(COMMITTED, copy)
    apply_overrides(copy, [override])
    before, after = (file.read_text().splitlines() for file in (COMMITTED, copy))
    assert sum(line not in after for line in before) == lines
    assert sum(line not in before for line in after) == 1
    assert len(after) == len(before) - lines + 1

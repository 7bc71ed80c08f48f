"""`lesion compare` and `lesion report` on real revisions."""

import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from lesion_pipeline.cli import main

pytestmark = pytest.mark.slow

PICTURES = ["calibration", "history", "precision_recall", "roc"]


@pytest.fixture
def here(revisions: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(revisions)
    return revisions


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """Run the command with few resamples; return what it printed."""
    capsys.readouterr()
    assert main([*arguments, "--samples", "300"]) == status
    output = capsys.readouterr()
    return output.out or output.err


def test_a_change_within_noise_is_called_noise(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(output_of(capsys, "compare", "--json", "weak", "alike"))
    assert content["first"] == {"revision": "weak", "threshold": 0.5}
    assert content["bootstrap"] == {"samples": 300, "seed": 42}
    verdicts = {
        (part, name): figure["verdict"]
        for part in ("val", "test")
        for name, figure in content[part].items()
        if isinstance(figure, dict)
    }
    assert len(verdicts) == 8
    assert list(verdicts.values()).count("within noise") >= 6  # one in twenty isn't, by chance
    low, high = content["val"]["roc_auc"]["interval"]
    assert low < 0 < high and verdicts["val", "roc_auc"] == "within noise"


def test_a_real_change_is_better_and_the_other_way_round_worse(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = output_of(capsys, "compare", "weak", "strong").splitlines()
    assert re.split("  +", lines[0].strip()) == [
        "weak", "strong", "difference", "95 % interval", "verdict",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:9]] == ["val"] * 4 + ["test"] * 4  # val first
    assert all(line.endswith("  better") for line in lines[1:9])
    assert lines[10] == (
        "strong compared with weak on val (400 images, 100 malignant, 200 lesions): "
        "ROC-AUC better; PR-AUC better; sensitivity better; specificity better."
    )
    back = output_of(capsys, "compare", "strong", "weak").splitlines()
    assert all(line.endswith("  worse") for line in back[1:9])
    assert "test is for reporting only" in back[-1]


def test_markdown_is_a_table(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output_of(capsys, "compare", "--markdown", "weak", "stronger")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 8
    assert {row.count("|") for row in rows} == {8}
    assert rows[2].startswith("| val | ROC-AUC | 0.")


def test_what_can_not_be_compared_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "empty", "weak"]) == 2
    assert capsys.readouterr().err.startswith(
        "error: not compared: data/threshold/threshold.json of revision empty is in neither git, "
        "DVC's cache nor a remote\nNext: "
    )


@pytest.fixture
def without_data(revisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone on another machine: git has everything, the cache nothing; the test stands in it."""
    copy = tmp_path / "copy"
    shutil.copytree(revisions, copy)
    shutil.rmtree(copy / ".dvc/cache")
    monkeypatch.chdir(copy)
    return copy


def test_without_predictions_the_metrics_of_both_are_printed(
    without_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "weak", "strong"]) == 2
    printed = capsys.readouterr()
    assert [re.split("  +", line.strip()) for line in printed.out.splitlines()] == [
        ["weak", "strong", "difference"],
        ["test.roc_auc", "0.6", "0.7", "+0.1000"],
        ["test.images", "400", "400"],
        [""],
        ["These metrics are from git, not paired: no intervals, no verdict."],
    ]
    assert "`git switch --detach weak`, `dvc repro`, `git add -A`, `git commit`" in printed.err


def test_without_predictions_json_and_markdown_keep_their_form(
    without_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(output_of(capsys, "compare", "--json", "weak", "strong", status=2))
    assert content["metrics"]["test.roc_auc"] == {"first": 0.6, "second": 0.7}
    assert content["not_compared"].startswith("data/threshold/threshold.json of revision weak")
    text = output_of(capsys, "compare", "--markdown", "weak", "strong", status=2)
    assert "| test.roc_auc | 0.6 | 0.7 | +0.1000 |" in text


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (["compare", "a", "b", "--samples", "0"], "whole number from 1 up, received 0"),
        (["compare", "a", "b", "--seed", "-1"], "whole number from 0 up, received -1"),
        (["report", "a", "b", "--output", "x", "--max-drop", "2"], "from 0 to 1, received 2"),
        (["report", "a", "b", "--output", "x", "--max-drop", "nan"], "from 0 to 1, received nan"),
    ],
)
def test_a_wrong_option_is_named(
    option: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(option)
    assert end.value.code == 2
    assert problem in capsys.readouterr().err


def test_revisions_need_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "a", "b"]) == 2
    assert "expected two revisions and --output DIR, or neither" in capsys.readouterr().err


def test_a_report_lists_what_changed(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report"
    assert output_of(capsys, "report", "weak", "strong", "--output", str(output)) == (
        f"{output / 'report.md'}\n"
    )
    text = (output / "report.md").read_text()
    assert text.startswith("# strong compared with weak\n\n- strong compared with weak on val (400")
    assert "| strength | 1 | 2 | +1.0000 |" in text
    assert "| test.roc_auc | 0.6 | 0.7 | +0.1000 |" in text
    assert "Gate" not in text
    assert sorted(re.findall(r"\]\((\w+)\.png\)", text)) == PICTURES
    assert sorted(file.stem for file in output.glob("*.png")) == PICTURES
    for picture in output.glob("*.png"):
        with Image.open(picture) as image:
            colours = {tuple(pixel) for _, pixel in image.convert("RGB").getcolors(1 << 24)}
        assert (0xAA, 0x33, 0x77) in colours  # the second revision's line
        assert (0xBB, 0xBB, 0xBB) in colours  # the first's


def test_two_reports_are_the_same(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        output_of(capsys, "report", "weak", "alike", "--output", str(tmp_path / name))
    files = sorted((tmp_path / "one").iterdir())
    assert len(files) == 5
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_a_report_without_data_names_them_and_shows_the_rest(
    without_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output_of(capsys, "report", "weak", "strong", "--output", "report")
    text = (without_data / "report/report.md").read_text()
    assert "**Not compared:** data/threshold/threshold.json of revision weak is in neither" in text
    assert "Next: get the data of weak by `dvc fetch`" in text
    assert "not paired: no intervals, no verdict.\n\n|  | weak | strong | difference |" in text
    assert "| strength | 1 | 2 | +1.0000 |" in text
    assert "| test.roc_auc | 0.6 | 0.7 | +0.1000 |" in text
    assert [file.name for file in (without_data / "report").glob("*.png")] == ["history.png"]


@pytest.mark.parametrize(
    ("pair", "drop", "status", "sentence"),
    [
        (("strong", "weak"), "0.01", 1, "**Gate: not passed.** ROC-AUC on val fell by more than"),
        (
            ("strong", "weak"),
            "0.5",
            0,
            "Gate: passed. The interval does not show that ROC-AUC on val fell by more than",
        ),
        (
            ("alike", "weak"),
            "0",
            0,
            "Gate: passed. The interval does not show that ROC-AUC on val fell by more than",
        ),
        (
            ("empty", "weak"),
            "0.5",
            1,
            "**Gate: not passed**, as the revisions could not be compared.",
        ),
    ],
)
def test_the_gate(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    pair: tuple[str, str], drop: str, status: int, sentence: str,
) -> None:  # fmt: skip
    options = ["--output", str(tmp_path), "--max-drop", drop]
    output_of(capsys, "report", *pair, *options, status=status)
    assert sentence in (tmp_path / "report.md").read_text()


def test_it_runs_in_any_folder_of_the_repository(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "notes").mkdir()
    monkeypatch.chdir(here / "notes")
    assert "on test (400 images" in output_of(capsys, "compare", "weak", "stronger")

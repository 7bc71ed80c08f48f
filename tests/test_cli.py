"""The command `lesion`: what it is asked, what it prints, how it ends."""

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lesion_pipeline.cli import _parser, main
from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.core.labels import MALIGNANT
from lesion_pipeline.core.listing import counted
from lesion_pipeline.images import read_image
from lesion_pipeline.revisions.rebuild import RebuildPaths, Verification
from lesion_pipeline.serve.classifier import BATCH, Classifier
from lesion_pipeline.serve.inputs import find_images
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import columns, predict_files
from tests.bundle.changed import changed
from tests.code_deps import ROOT
from tests.serve.pictures import draw, draw_three, rows
from tests.tiny import SIZE

TURNS = (lambda x: x, lambda x: x[::-1], lambda x: x[:, ::-1], lambda x: x[::-1, ::-1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_three(tmp_path / "images")


def lesion_predict(*arguments: object) -> int:
    return main(["predict", *map(str, arguments)])


def table_of(bundle: Classifier, files: list[Path]) -> pd.DataFrame:
    return pd.DataFrame(predict_files(bundle, files, workers=2), columns=columns(bundle))


def test_a_folder_to_a_file(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "predictions.csv"
    status = main(
        ["predict", "--bundle", str(bundle_folder), "--image-dir", str(folder),
         "--output", str(output)]
    )  # fmt: skip
    assert status == 0
    assert [row["image"] for row in rows(output.read_text())] == [
        str(folder / f"{number}.jpg") for number in range(3)
    ]
    predicted = capsys.readouterr().err
    called = sum(row["predicted_label"] == "1" for row in rows(output.read_text()))
    threshold = load_bundle(bundle_folder).threshold
    assert predicted.endswith(
        f"3 images predicted ({called} malignant, {3 - called} benign at threshold "
        f"{threshold:.6g}), 0 failed; written to {output}\n"
    )
    assert "note: trained on generated images: the predictions mean nothing" in predicted


def test_one_image_to_the_terminal(
    bundle_folder: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "--bundle", str(bundle_folder), "--image", str(folder / "1.jpg")]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert 0 < float(row["probability_malignant"]) < 1 and row["error"] == ""


def test_a_bad_image_is_a_row_with_its_error(
    bundle_folder: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "0a.jpg").write_bytes((folder / "0.jpg").read_bytes()[:300])
    (folder / "0b.png").write_bytes(b"")
    status = main(["predict", "--bundle", str(bundle_folder), "--image-dir", str(folder)])
    captured = capsys.readouterr()
    assert status == 1
    found = rows(captured.out)
    assert [bool(row["error"]) for row in found] == [False, True, True, False, False]
    assert found[1]["probability_malignant"] == found[1]["predicted_class"] == ""
    assert captured.err.endswith("), 2 failed\n") and "3 images predicted (" in captured.err


def test_nothing_but_bad_images(
    bundle_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.jpg").write_text("no image")
    status = main(["predict", "--bundle", str(bundle_folder), "--image", str(tmp_path / "bad.jpg")])
    assert status == 1
    (row,) = rows(capsys.readouterr().out)
    assert row["error"] == "can't be decoded: cannot identify image file"


@pytest.mark.parametrize("option", [[], ["--image"]])
def test_a_missing_path_is_one_plain_error(
    option: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lesion_predict(folder, *option, "none.jpg") == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "error: no such file: none.jpg\n")


def test_what_a_folder_holds_besides_images_is_told_in_a_line(
    bundle_folder: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "deep").mkdir()
    (folder / "a.webp").touch()
    assert lesion_predict(folder, "--bundle", bundle_folder) == 0
    assert capsys.readouterr().err.startswith(
        f"{folder}: left out 1 other file (a.webp) and 1 folder (deep; --recursive includes "
        "folders)\n"
    )


def test_failed_files_are_named_if_rows_go_to_a_file_even_quietly(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (3, 2)).save(folder / "tiny.png")
    (folder / "notes.txt").touch()
    command = (folder, "--bundle", bundle_folder, "--quiet")
    assert lesion_predict(*command, "--output", tmp_path / "p.csv") == 1
    assert capsys.readouterr().err == (
        f"{folder / 'tiny.png'}: expected sides of at least 32 pixels, received 3 x 2\n"
    )
    assert lesion_predict(*command) == 1
    assert capsys.readouterr().err == ""


def test_another_threshold_or_another_policy_decides(
    bundle_folder: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = load_bundle(bundle_folder)
    for option, value, threshold in (
        ("--threshold", 0.0, 0.0),
        ("--threshold", 1.0, 1.0),
        ("--policy", "fixed", 0.5),
        ("--policy", "youden", bundle.policies["youden"]),
    ):
        assert lesion_predict(folder, "--bundle", bundle_folder, option, value) == 0
        captured = capsys.readouterr()
        for row in rows(captured.out):
            assert float(row["threshold"]) == threshold
            assert (row["predicted_label"] == "1") is (
                float(row["probability_malignant"]) >= threshold
            )
        assert f"benign at threshold {threshold:.6g}), 0 failed" in captured.err


def test_a_diagnosis_that_is_not_of_the_predicted_class_is_explained(
    bundle_of_diagnoses: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for threshold, label in ((0, True), (1, False)):
        command = (folder, "--bundle", bundle_of_diagnoses, "--threshold", threshold)
        assert lesion_predict(*command) == 0
        captured = capsys.readouterr()
        others = sum((row["diagnosis"] in MALIGNANT) is not label for row in rows(captured.out))
        told = f"note: {counted(others, 'image')} with a predicted class that isn't"
        assert (told in captured.err) is (others > 0)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"lesion-pipeline {project['version']}\n"


def test_a_package_that_is_not_installed_is_named() -> None:
    """In a process of its own, because modules that are imported by then would stay."""
    code = (
        "import sys; sys.modules['huggingface_hub'] = None\n"
        "from lesion_pipeline.cli import main; sys.exit(main(['pull', 'owner/name']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "needs the package huggingface_hub, which isn't installed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bundle", "none", "{image}"], "error: no bundle at none"),
        (["--bundle", "{bundle}", "--image-dir", "none"], "error: no such folder: none"),
        (["--bundle", "{bundle}", "--image-dir", "{empty}"], "no images (.jpg, .jpeg, .png)"),
        (["--image", "x.jpg", "--output", "{empty}"], "--output: expected a file, received"),
        ([], "no images named: lesion predict PATH..., or --list FILE"),
        (["--list", "none.txt"], "error: no such file: none.txt"),
        (["x.jpg", "--preprocessing", "tf"], "--preprocessing goes with --model"),
        (["x.jpg", "--model", "x.h5", "--policy", "cost"], "--policy goes with a bundle"),
        (["{image}", "--bundle", "{bundle}", "--policy", "x"], "no policy x: expected one of targ"),
        (["x.jpg", "--model", "b/m.tflite"], "b/m.tflite: expected .h5, .hdf5, .keras: a .tflite"),
        (["x.jpg", "--model", "x.h5", "--prevalence", ".5"], "--prevalence goes with a bundle"),
        (["x.jpg", "--model", "m.h5", "--runtime", "onnx"], "--runtime onnx: a --model is run by"),
        (["{image}", "--model", "none.h5"], "error: none.h5 not found"),
        (
            ["--bundle", "{bundle}", "{image}", "--runtime", "onnx"],
            "has no onnx: expected one of k",
        ),
    ],
)
def test_what_cannot_be_done_is_an_error_with_status_2(
    arguments: list[str], message: str, bundle_folder: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    image = draw(tmp_path / "image.jpg", 0)
    places = {"bundle": bundle_folder, "empty": tmp_path / "empty", "image": image}
    filled = [argument.format(**places) for argument in arguments]
    assert main(["predict", *filled]) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


def test_a_bundle_without_a_threshold_is_never_guessed(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = changed(bundle_folder, tmp_path, operating_point__threshold=None)
    assert lesion_predict("--bundle", broken, "--image-dir", folder) == 2
    message = "bundle.json: operating_point.threshold: expected a valid number"
    assert message in capsys.readouterr().err


def test_files_folders_patterns_and_a_list_in_the_order_given(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "deep").mkdir()
    deep = draw(folder / "deep" / "d.png", 7)
    (tmp_path / "list.txt").write_text(f"{deep}\n\n{folder / '1.jpg'}\n")
    one, two = folder / "1.jpg", folder / "[02].jpg"
    status = lesion_predict(two, one, folder, "--recursive", "--list", tmp_path / "list.txt",
                     "--bundle", bundle_folder, "--format", "jsonl")  # fmt: skip
    found = [json.loads(line)["image"] for line in capsys.readouterr().out.splitlines()]
    flat = [str(folder / f"{number}.jpg") for number in range(3)]
    assert status == 0
    assert found == [flat[0], flat[2], flat[1], *flat, str(deep), str(deep), flat[1]]


def test_a_missing_file_of_a_list_is_a_row_whatever_it_is_called(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.txt").write_text(f"none[1].jpg\n{folder / '1.jpg'}\n")
    assert lesion_predict("--list", tmp_path / "list.txt", "--bundle", bundle_folder) == 1
    errors = [row["error"] for row in rows(capsys.readouterr().out)]
    assert errors == ["no such file", ""]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_every_format_has_the_same_values(
    form: str, bundle_of_diagnoses: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / "0a.jpg").write_text("no image")
    target = tmp_path / f"predicted.{form}"
    assert lesion_predict(folder, "--bundle", bundle_of_diagnoses, "--output", target) == 1
    reader = {"csv": pd.read_csv, "json": pd.read_json}.get(form)
    found = reader(target) if reader else pd.read_json(target, lines=True)
    expected = table_of(load_bundle(bundle_of_diagnoses), find_images(folder))
    assert list(found.columns) == list(expected.columns)
    assert found["error"].isna().tolist() == [True, False, True, True]
    for name in ("probability_malignant", "probability_nv", "predicted_label", "threshold"):
        np.testing.assert_allclose(found[name], expected[name].astype(float), atol=1e-6)
    assert found["diagnosis"].dropna().tolist() == expected["diagnosis"].dropna().tolist()


def test_an_interrupted_run_resumes_and_another_bundle_starts_again(
    bundle_folder: Path, bundle_of_diagnoses: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    files = [draw(tmp_path / f"{number}.png", number) for number in range(3 * BATCH)]
    (tmp_path / "1.png").write_text("no image")
    target = tmp_path / "predicted.csv"
    decoded: list[Path] = []

    def count(source: Path, *options: object) -> object:
        decoded.append(source)
        if stop_at in decoded:
            raise KeyboardInterrupt
        return read_image(source, *options)

    monkeypatch.setattr("lesion_pipeline.serve.classifier.read_image", count)
    command = (*files, "--output", target, "--bundle")
    stop_at = files[-1]
    assert lesion_predict(*command, bundle_folder) == 130
    assert capsys.readouterr().err.endswith("interrupted\n")
    assert not target.exists() and len(decoded) == len(files)
    stop_at = None
    for bundle, again in ((bundle_folder, 2 * BATCH), (bundle_of_diagnoses, 0)):
        decoded.clear()
        assert lesion_predict(*command, bundle) == 1
        assert sorted(decoded) == sorted(files[again:])
        assert [row["image"] for row in rows(target.read_text())] == list(map(str, files))
        called = sum(row["predicted_label"] == "1" for row in rows(target.read_text()))
        told = capsys.readouterr().err
        assert f"{len(files) - 1} images predicted ({called} malignant, " in told
        assert f"1 failed; written to {target}" in told


def test_more_copies_are_averaged(bundle_folder: Path, folder: Path, tmp_path: Path) -> None:
    for tta in (1, 8):
        target = tmp_path / f"{tta}.csv"
        assert (
            lesion_predict(folder, "--bundle", bundle_folder, "--tta", tta, "--output", target) == 0
        )
    image = read_image(folder / "1.jpg", SIZE, "squash")
    seen = [turn(side) for side in (image, image.transpose(1, 0, 2)) for turn in TURNS]
    each = load_bundle(bundle_folder).predict(np.stack(seen))[:, 0]
    predicted = pd.read_csv(tmp_path / "8.csv")["probability_malignant"]
    assert predicted[1] == pytest.approx(each.mean(), abs=1e-6)
    assert abs(predicted - pd.read_csv(tmp_path / "1.csv")["probability_malignant"]).max() > 1e-6


def test_a_reader_that_has_enough_is_no_error(bundle_folder: Path, folder: Path) -> None:
    script = "from lesion_pipeline.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", script, "predict", folder, "--bundle", bundle_folder]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.returncode == 141
    assert "Broken pipe" not in done.stderr and "Traceback" not in done.stderr


COMMANDS = (
    "predict",
    "evaluate",
    "explain",
    "serve",
    "page",
    "index",
    "pull",
    "push",
    "compare",
    "report",
    "search",
    "ensemble",
    "verify",
    "check",
    "plan",
    "tested",
)


def options(command: str) -> list[argparse.Action]:
    (commands,) = [action for action in _parser()._actions if action.choices]
    return list(commands.choices[command]._actions)


def test_help_names_every_command_and_what_it_is_not_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    assert text.startswith("usage: lesion") and "not for clinical use" in text
    named = re.findall(r"^    (\w+) +\S", text, re.MULTILINE)
    assert named == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_help_text(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: lesion {command}")
    for action in options(command):
        assert action.help or action.metavar == "OWNER/NAME", action.dest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: command"),
        (["predict", "--threshold", "2"], "expected a number from 0 to 1, received 2"),
        (["predict", "--threshold", "x"], "expected a number from 0 to 1, received x"),
        (["predict", "--prevalence", "0"], "expected a number between 0 and 1, received 0"),
        (["predict", "--tta", "2"], "invalid choice: 2 (choose from 1, 4, 8)"),
        (["predict", "--runtime", "saved_model"], "invalid choice: 'saved_model'"),
        (["predict", "--bundle", "a", "--model", "b"], "not allowed with argument --bundle"),
        (["predict", "--policy", "cost", "--threshold", "0"], "not allowed with argument"),
        (["compare", "a", "b", "--samples", "0"], "expected a whole number from 1 up, received 0"),
        (["report", "a", "b", "--output", "c", "--max-drop", "2"], "from 0 to 1, received 2"),
    ],
)
def test_a_command_line_that_is_wrong(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (PipelineError("a reason"), 2, "error: a reason\n"),
        (OSError(28, "No space left on device"), 2, "error: [Errno 28] No space left on device\n"),
    ],
)
def test_exit_status(
    error: BaseException, status: int, text: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("lesion_pipeline.serve.hub.push", fail)
    assert main(["push", "owner/name"]) == status
    assert capsys.readouterr().err == text


@pytest.mark.parametrize(("folder", "option"), [(True, "--bundle"), (False, "--model")])
def test_after_a_pull_the_next_command_is_printed(
    folder: bool, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    found = tmp_path if folder else tmp_path / "model.h5"
    monkeypatch.setattr("lesion_pipeline.serve.hub.pull", lambda repo, target, revision: found)
    assert main(["pull", "owner/name"]) == 0
    assert capsys.readouterr().out == (
        f"owner/name is now in name\nNext: lesion predict {option} {found} PATH...\n"
    )


@pytest.mark.parametrize(
    ("arguments", "revision", "build"),
    [([], "HEAD", True), (["v1"], "v1", True), (["v1", "--fast"], "v1", False)],
)
@pytest.mark.parametrize(("stale", "status"), [([], 0), (["embed"], 1)])
def test_verify_ends_with_1_if_something_differs(
    arguments: list[str], revision: str, build: bool, stale: list[str], status: int,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    asked: list[object] = []

    def verify(name: str, paths: RebuildPaths, build: bool) -> Verification:
        asked.extend((name, build, paths.summary.as_posix(), paths.downloads.as_posix()))
        return Verification(name, build, outputs=3, stale=stale)

    monkeypatch.setattr("lesion_pipeline.revisions.rebuild.verify_revision", verify)
    assert main(["verify", *arguments]) == status
    assert asked == [revision, build, "metrics/summary.json", "data/downloads"]
    assert ("fits its code and parameters" in capsys.readouterr().out) is (status == 0)


def test_the_report_is_named_or_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report"]) == 2
    assert "data/report/report.html not found: run `dvc repro`" in capsys.readouterr().err
    (tmp_path / "data/report").mkdir(parents=True)
    (tmp_path / "data/report/report.html").touch()
    assert main(["report"]) == 0
    assert capsys.readouterr().out == "data/report/report.html\n"


@pytest.mark.parametrize(
    "arguments",
    [["a"], ["a", "b"], ["a", "--output", "c"], ["--output", "c"], ["a", "b", "--html", "c"],
     ["--max-drop", "0.1"], ["a", "b", "--output", "c", "--html", "d"]],
)  # fmt: skip
def test_a_report_of_half_a_comparison(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *arguments]) == 2
    assert "expected two revisions and --output DIR, or neither" in capsys.readouterr().err

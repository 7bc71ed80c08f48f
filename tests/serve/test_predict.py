import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lesion_pipeline.bundle.manifest import ImageContract
from lesion_pipeline.cli import main
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.images import read_image
from lesion_pipeline.serve.classifier import BATCH, Classifier
from lesion_pipeline.serve.inputs import find_images
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import COLUMNS, columns, predict_files
from tests.code_deps import ROOT
from tests.tiny import SIZE

TURNS = (lambda x: x, lambda x: x[::-1], lambda x: x[:, ::-1], lambda x: x[::-1, ::-1])


def draw(path: Path, seed: int) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (45, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for number in range(3):
        draw(tmp_path / "images" / f"{number}.jpg", number)
    return tmp_path / "images"


def table_of(bundle: Classifier, files: list[Path]) -> pd.DataFrame:
    return pd.DataFrame(predict_files(bundle, files, workers=2), columns=columns(bundle))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_an_image_in_the_order_given(bundle_folder: Path, tmp_path: Path) -> None:
    bundle = load_bundle(bundle_folder)
    files = [draw(tmp_path / f"{n}.png", n) for n in reversed(range(BATCH + 3))]
    table = table_of(bundle, files)
    assert list(table.columns) == [*COLUMNS, "error"]
    assert table["image"].tolist() == [str(file) for file in files]
    for file, said in list(zip(files, table["probability_malignant"], strict=True))[::7]:
        alone = bundle.predict(read_image(file, SIZE, "squash")[None])[0, 0]
        assert said == pytest.approx(float(alone), abs=1e-5)


def test_a_column_for_each_diagnosis_and_one_for_the_most_probable(
    bundle_of_diagnoses: Path, folder: Path
) -> None:
    bundle = load_bundle(bundle_of_diagnoses)
    (folder / "0a.jpg").write_text("no image")
    table = table_of(bundle, find_images(folder))
    each = [f"probability_{dx}" for dx in DIAGNOSES]
    assert list(table.columns) == [*COLUMNS, "diagnosis", *each, "error"]
    assert table.loc[1, [*COLUMNS[1:], "diagnosis", *each]].isna().all()
    good = table.drop(index=1)
    files = [folder / f"{number}.jpg" for number in range(3)]
    alone = bundle.predict(np.stack([read_image(file, SIZE, "squash") for file in files]))
    np.testing.assert_allclose(good[each].to_numpy(float), alone, atol=1e-5)
    total = good["probability_akiec"] + good["probability_bcc"] + good["probability_mel"]
    np.testing.assert_allclose(good["probability_malignant"].astype(float), total, atol=1e-6)
    assert good["diagnosis"].tolist() == [list(DIAGNOSES)[row.argmax()] for row in alone]


def test_label_and_class_follow_the_threshold(bundle_folder: Path, folder: Path) -> None:
    table = table_of(load_bundle(bundle_folder), find_images(folder))
    assert (table["threshold"] == 0.5).all()
    for _, row in table.iterrows():
        malignant = row["probability_malignant"] >= 0.5
        assert row["predicted_label"] == int(malignant)
        assert row["predicted_class"] == ("malignant" if malignant else "benign")


def test_the_calibrated_probability_stands_beside_and_decides_nothing(
    bundle_folder: Path, folder: Path
) -> None:
    table = table_of(load_bundle(bundle_folder), find_images(folder))
    said = table["probability_malignant"].astype(float)
    odds = (said / (1 - said)) ** 2 * np.exp(0.5)  # the bundle's slope and intercept
    np.testing.assert_allclose(table["probability_calibrated"].astype(float), odds / (1 + odds))
    assert (table["predicted_label"] == (said >= 0.5)).all()


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
    said = capsys.readouterr().err
    assert f"3 images predicted, 0 failed; written to {output}" in said
    assert "note: trained on generated images: the answers mean nothing" in said


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
    assert "3 images predicted, 2 failed" in captured.err


def test_nothing_but_bad_images(
    bundle_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.jpg").write_text("no image")
    status = main(["predict", "--bundle", str(bundle_folder), "--image", str(tmp_path / "bad.jpg")])
    assert status == 1
    (row,) = rows(capsys.readouterr().out)
    assert row["error"] == "can't be decoded: cannot identify image file"


def test_a_missing_image_is_a_row_with_its_error(
    bundle_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["predict", "--bundle", str(bundle_folder), "--image", str(tmp_path / "x.jpg")])
    assert status == 1
    assert rows(capsys.readouterr().out)[0]["error"] == "no such file"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bundle", "none", "--image", "x.jpg"], "error: no bundle at none"),
        (["--bundle", "{bundle}", "--image-dir", "none"], "error: no such folder: none"),
        (["--bundle", "{bundle}", "--image-dir", "{empty}"], "no images (.jpg, .jpeg, .png)"),
        (["--image", "x.jpg", "--output", "{empty}"], "--output: expected a file, received"),
        ([], "no images named: lesion predict PATH..., or --list FILE"),
        (["--list", "none.txt"], "error: no such file: none.txt"),
        (["x.jpg", "--threshold", ".5"], "--preprocessing and --threshold go with --model"),
        (["x.jpg", "--model", "m.h5", "--runtime", "onnx"], "--runtime onnx: a --model is run by"),
        (["x.jpg", "--model", "none.h5"], "error: none.h5 not found"),
        (["--bundle", "{bundle}", "x.jpg", "--runtime", "onnx"], "has no onnx: expected one of k"),
    ],
)
def test_what_cannot_be_done_says_so_and_exits_with_2(
    arguments: list[str], message: str, bundle_folder: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    places = {"bundle": bundle_folder, "empty": tmp_path}
    filled = [argument.format(**places) for argument in arguments]
    assert main(["predict", *filled]) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


def test_a_bundle_without_a_threshold_is_never_guessed(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(bundle_folder, tmp_path / "bundle")
    text = (tmp_path / "bundle" / "bundle.json").read_text()
    (tmp_path / "bundle" / "bundle.json").write_text(text.replace('"threshold": 0.5,', "", 1))
    status = main(["predict", "--bundle", str(tmp_path / "bundle"), "--image-dir", str(folder)])
    assert status == 2
    assert "bundle.json: threshold: Field required" in capsys.readouterr().err


def test_images_are_found_by_name_and_nothing_else(folder: Path) -> None:
    (folder / "notes.txt").write_text("hello")
    draw(folder / "a.PNG", 9)
    assert [file.name for file in find_images(folder)] == ["0.jpg", "1.jpg", "2.jpg", "a.PNG"]
    with pytest.raises(DataError, match="no such folder"):
        find_images(folder / "none")


def said_by(*arguments: object) -> int:
    return main(["predict", *map(str, arguments)])


def test_files_folders_patterns_and_a_list_in_the_order_given(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "deep").mkdir()
    deep = draw(folder / "deep" / "d.png", 7)
    (tmp_path / "list.txt").write_text(f"{deep}\n\n{folder / '1.jpg'}\n")
    one, two = folder / "1.jpg", folder / "[02].jpg"
    status = said_by(two, one, folder, "--recursive", "--list", tmp_path / "list.txt",
                     "--bundle", bundle_folder, "--format", "jsonl")  # fmt: skip
    found = [json.loads(line)["image"] for line in capsys.readouterr().out.splitlines()]
    flat = [str(folder / f"{number}.jpg") for number in range(3)]
    assert status == 0
    assert found == [flat[0], flat[2], flat[1], *flat, str(deep), str(deep), flat[1]]


def test_a_missing_file_of_a_list_is_a_row_whatever_it_is_called(
    bundle_folder: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.txt").write_text(f"none[1].jpg\n{folder / '1.jpg'}\n")
    assert said_by("--list", tmp_path / "list.txt", "--bundle", bundle_folder) == 1
    errors = [row["error"] for row in rows(capsys.readouterr().out)]
    assert errors == ["no such file", ""]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_every_format_says_the_same(
    form: str, bundle_of_diagnoses: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / "0a.jpg").write_text("no image")
    target = tmp_path / f"said.{form}"
    assert said_by(folder, "--bundle", bundle_of_diagnoses, "--output", target) == 1
    reader = {"csv": pd.read_csv, "json": pd.read_json}.get(form)
    found = reader(target) if reader else pd.read_json(target, lines=True)
    expected = table_of(load_bundle(bundle_of_diagnoses), find_images(folder))
    assert list(found.columns) == list(expected.columns)
    assert found["error"].isna().tolist() == [True, False, True, True]
    for name in ("probability_malignant", "probability_nv", "predicted_label", "threshold"):
        np.testing.assert_allclose(found[name], expected[name].astype(float), atol=1e-6)
    assert found["diagnosis"].dropna().tolist() == expected["diagnosis"].dropna().tolist()


def test_an_interrupted_run_goes_on_and_another_bundle_starts_anew(
    bundle_folder: Path, bundle_of_diagnoses: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    files = [draw(tmp_path / f"{number}.png", number) for number in range(3 * BATCH)]
    (tmp_path / "1.png").write_text("no image")
    target = tmp_path / "said.csv"
    decoded: list[Path] = []

    def count(source: Path, *how: object) -> object:
        decoded.append(source)
        if stop_at in decoded:
            raise KeyboardInterrupt
        return read_image(source, *how)

    monkeypatch.setattr("lesion_pipeline.serve.classifier.read_image", count)
    command = (*files, "--output", target, "--bundle")
    stop_at = files[-1]
    assert said_by(*command, bundle_folder) == 130
    assert capsys.readouterr().err.endswith("interrupted\n")
    assert not target.exists() and len(decoded) == len(files)
    stop_at = None
    for bundle, again in ((bundle_folder, 2 * BATCH), (bundle_of_diagnoses, 0)):
        decoded.clear()
        assert said_by(*command, bundle) == 1
        assert sorted(decoded) == sorted(files[again:])
        assert [row["image"] for row in rows(target.read_text())] == list(map(str, files))
        assert f"{len(files) - 1} images predicted, 1 failed" in capsys.readouterr().err


def test_more_views_are_averaged(bundle_folder: Path, folder: Path, tmp_path: Path) -> None:
    for views in (1, 8):
        target = tmp_path / f"{views}.csv"
        assert said_by(folder, "--bundle", bundle_folder, "--tta", views, "--output", target) == 0
    image = read_image(folder / "1.jpg", SIZE, "squash")
    seen = [turn(side) for side in (image, image.transpose(1, 0, 2)) for turn in TURNS]
    each = load_bundle(bundle_folder).predict(np.stack(seen))[:, 0]
    said = pd.read_csv(tmp_path / "8.csv")["probability_malignant"]
    assert said[1] == pytest.approx(each.mean(), abs=1e-6)
    assert abs(said - pd.read_csv(tmp_path / "1.csv")["probability_malignant"]).max() > 1e-6


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.5, 1.5])
def test_no_probability_is_no_decision(wrong: float, folder: Path) -> None:
    def run(images: np.ndarray) -> np.ndarray:
        return np.array([[1], [wrong], [0]], np.float32)[: len(images)]

    contract = ImageContract(size=8, resize="squash")
    broken = Classifier(run, contract, ("malignant",), MALIGNANT, threshold=0.5)
    found = list(predict_files(broken, find_images(folder), workers=1))
    assert [row["predicted_class"] for row in found] == ["malignant", None, "benign"]
    assert [row["error"] for row in found] == [
        None, f"the network gives no probability ({wrong:g})", None
    ]  # fmt: skip


def test_a_reader_that_has_enough_is_no_error(bundle_folder: Path, folder: Path) -> None:
    script = "from lesion_pipeline.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", script, "predict", folder, "--bundle", bundle_folder]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.returncode == 141
    assert "Broken pipe" not in done.stderr and "Traceback" not in done.stderr


def test_arrays_of_any_number_and_files(bundle_folder: Path, folder: Path) -> None:
    bundle = load_bundle(str(bundle_folder))
    files = find_images(folder)
    images = np.stack([read_image(file, SIZE, "squash") for file in files] * 15)
    said = bundle.predict(images)
    assert said.shape == (45, 1) and said.dtype == np.float32
    np.testing.assert_allclose(bundle.predict([str(file) for file in files]), said[:3], atol=1e-6)
    assert bundle.predict(images[:0]).shape == bundle.predict([]).shape == (0, 1)
    with pytest.raises(DataError, match=r"^none\.jpg: no such file$"):
        bundle.predict([files[0], "none.jpg"])


@pytest.mark.parametrize("arguments", [["--help"], ["predict", "--help"]])
def test_help_says_what_it_is_not_for(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    assert "usage: lesion" in capsys.readouterr().out

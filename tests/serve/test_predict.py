import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lesion_pipeline.cli import main
from lesion_pipeline.data.images import read_image
from lesion_pipeline.errors import DataError
from lesion_pipeline.labels import DIAGNOSES
from lesion_pipeline.model.bundle import Bundle
from lesion_pipeline.serve.predict import BATCH, COLUMNS, find_images, predict_files
from tests.tiny import SIZE


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


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_an_image_in_the_order_given(bundle_folder: Path, tmp_path: Path) -> None:
    bundle = Bundle.load(bundle_folder)
    files = [draw(tmp_path / f"{n}.png", n) for n in reversed(range(BATCH + 3))]
    table = predict_files(bundle, files, workers=2)
    assert list(table.columns) == [*COLUMNS, "error"]
    assert table["image"].tolist() == [str(file) for file in files]
    for file, said in list(zip(files, table["probability_malignant"], strict=True))[::7]:
        alone = bundle.predict(read_image(file, SIZE, "squash")[None])[0, 0]
        assert said == pytest.approx(float(alone), abs=1e-5)


def test_a_column_for_each_diagnosis_and_one_for_the_most_probable(
    bundle_of_diagnoses: Path, folder: Path
) -> None:
    bundle = Bundle.load(bundle_of_diagnoses)
    (folder / "0a.jpg").write_text("no image")
    table = predict_files(bundle, find_images(folder), workers=2)
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
    table = predict_files(Bundle.load(bundle_folder), find_images(folder), workers=1)
    assert (table["threshold"] == 0.5).all()
    for _, row in table.iterrows():
        malignant = row["probability_malignant"] >= 0.5
        assert row["predicted_label"] == int(malignant)
        assert row["predicted_class"] == ("malignant" if malignant else "benign")


def test_the_calibrated_probability_stands_beside_and_decides_nothing(
    bundle_folder: Path, folder: Path
) -> None:
    bundle = Bundle.load(bundle_folder)
    table = predict_files(bundle, find_images(folder), workers=1)
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


@pytest.mark.parametrize("arguments", [["--help"], ["predict", "--help"]])
def test_help_says_what_it_is_not_for(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    assert "usage: lesion" in capsys.readouterr().out

"""Pictures for any image file."""

from pathlib import Path

import pytest
from PIL import Image

from lesion_pipeline.cli import main
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.explanation.files import explain_files, load_explainer
from tests.bundle.changed import changed
from tests.serve.pictures import draw


def test_each_image_has_its_picture_and_a_bad_one_its_reason(
    bundle_of_diagnoses: Path, tmp_path: Path
) -> None:
    """The bundle averages four copies."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        draw(folder / "same.png", number)
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    files = [folders[0] / "same.png", tmp_path / "bad.jpg", folders[1] / "same.png"]
    target = tmp_path / "explained"
    found = dict(explain_files(load_explainer(bundle_of_diagnoses), files, target))
    assert [file for file, reason in found.items() if reason] == [tmp_path / "bad.jpg"]
    assert sorted(file.name for file in target.iterdir()) == ["1_same.png", "3_same.png"]
    pictures = [(target / name).read_bytes() for name in ("1_same.png", "3_same.png")]
    assert pictures[0] != pictures[1]
    assert Image.open(target / "1_same.png").size[0] > 700


def test_the_command_counts_and_names_what_failed(
    bundle_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(tmp_path / "good.png", 1)
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    arguments = ["--bundle", str(bundle_folder), "--output", str(tmp_path / "out")]
    assert main(["explain", str(tmp_path / "good.png"), *arguments]) == 0
    assert "trained on generated images" in capsys.readouterr().err
    names = [str(tmp_path / name) for name in ("bad.jpg", "good.png")]
    assert main(["explain", *names, *arguments]) == 1
    error = capsys.readouterr().err
    assert f"{tmp_path / 'bad.jpg'}: can't be decoded" in error
    assert "1 images explained, 1 failed" in error


def test_without_a_network_for_keras_there_are_no_gradients(
    bundle_folder: Path, tmp_path: Path
) -> None:
    reports = {"tflite": {"file": "model.tflite", "bytes": 1, "max_probability_difference": 0.0,
                          "roc_auc_difference": 0.0, "same_decisions": 1.0,
                          "images": 1}}  # fmt: skip
    folder = changed(bundle_folder, tmp_path, formats=reports)
    with pytest.raises(BundleError, match=r"has no keras network: add keras to export\.formats$"):
        load_explainer(folder)

"""Values of params.yaml that don't go together, or have no effect."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from lesion_pipeline.backbones.names import STAGES
from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.schema import check_params
from tests.code_deps import ROOT

COMMITTED = ROOT / "params.yaml"


def check(folder: Path, **changes: Any) -> None:
    """Check the committed file with some values changed, in a folder of its own."""
    tree = yaml.safe_load(COMMITTED.read_text())
    for key, value in changes.items():
        *parents, last = key.split("__")
        place = tree
        for parent in parents:
            place = place[parent]
        place[last] = value
    (folder / "params.yaml").write_text(yaml.safe_dump(tree))
    check_params(folder / "params.yaml")


def test_the_committed_file_has_no_contradictions(tmp_path: Path) -> None:
    shutil.copy(COMMITTED, tmp_path)
    check_params(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"fetch__path": "/a/folder"},
            "fetch.path: has no effect with fetch.source sample, received '/a/folder'; "
            "add -S fetch.source=local",
        ),
        (
            {"fetch__columns__dx": "label"},
            "fetch.columns.dx: has no effect with fetch.source sample, received 'label'; "
            "add -S fetch.source=local, or -S fetch.columns.dx=dx",
        ),
        (
            {"fetch__columns__sex": None},
            "fetch.columns.sex: has no effect with fetch.source sample, received None; "
            "add -S fetch.source=local, or -S fetch.columns.sex=sex",
        ),
        (
            {"fetch__diagnoses": "{nevus: nv}"},
            "fetch.diagnoses: has no effect with fetch.source sample, received {'nevus': 'nv'}; "
            "add -S fetch.source=local, or -S fetch.diagnoses=null",
        ),
        (
            {"split__strategy": "file", "split__file": "splits/mine.csv"},
            "split.file: expected a file, received 'splits/mine.csv'",
        ),
        (
            {"split__same_lesion_pairs": "splits/pairs.csv"},
            "split.same_lesion_pairs: expected a file, received 'splits/pairs.csv'",
        ),
        (
            {"model__arch": "resnet5"},
            f"model.arch: expected one of {', '.join(STAGES)}, received 'resnet5'",
        ),
        (
            {"model__arch": "vgg16", "embed__cut": 6},
            "embed.cut: expected top, input or a stage of vgg16, 1 to 5, received 6",
        ),
        (
            {"embed__cut": 4, "embed__components": 8},
            "embed.components: has no effect with embed.cut 4, received 8; "
            "add -S embed.components=null",
        ),
        (
            {"embed__vectors": "made.npz", "embed__components": 8},
            "embed.components: has no effect with embed.vectors made.npz, received 8; "
            "add -S embed.components=null",
        ),
        (
            {"model__weights": "weights.h5"},
            "model.weights: expected auto, imagenet, random or a file, received 'weights.h5'",
        ),
    ],
)
def test_what_cannot_work_is_named_before_anything_runs(
    changes: dict[str, Any], text: str, tmp_path: Path
) -> None:
    with pytest.raises(ParamsError) as caught:
        check(tmp_path, **changes)
    assert text in str(caught.value) and "params.yaml: " in str(caught.value)


def test_all_contradictions_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ParamsError) as caught:
        check(tmp_path, fetch__path="/a", model__arch="x", split__same_lesion_pairs="y")
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("made.csv", "embed.vectors: expected a file in .npy, .npz, .parquet, received 'made.csv'"),
        ("made.npz", "made.npz', which isn't there"),
        ("made.npy", "made.txt', which isn't there"),
    ],
)
def test_vectors_that_are_not_there_are_named(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "made.npy").write_bytes(b"")
    with pytest.raises(ParamsError, match=r"embed\.vectors: ") as caught:
        check(tmp_path, embed__vectors=name)
    assert text in str(caught.value)


def test_what_needs_images_does_not_go_with_vectors(tmp_path: Path) -> None:
    (tmp_path / "made.npz").write_bytes(b"")
    check(tmp_path, embed__vectors="made.npz")
    with pytest.raises(ParamsError) as caught:
        check(
            tmp_path, embed__vectors="made.npz", embed__cut=4, predict__tta=8,
            train__fine_tune__epochs=3, fetch__external=["isic2018_test"],
            export__formats=["keras", "tflite", "saved_model", "tflite_int8"],
        )  # fmt: skip
    start = "with embed.vectors the network takes no images, so expected "
    lines = [line.split("params.yaml: ")[1] for line in str(caught.value).splitlines()]
    assert lines == [
        f"embed.cut: {start}top, received 4",
        f"train.fine_tune.epochs: {start}0, received 3",
        f"predict.tta: {start}1, received 8",
        f"fetch.external: {start}[], received ['isic2018_test']",
        f"export.formats: {start}some of keras, tflite, tflite_float16, "
        "received ['saved_model', 'tflite_int8']",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"fetch__source": "local", "fetch__path": "/a/folder"},
        {"fetch__source": "local", "fetch__path": "/a", "fetch__columns__dx": "label"},
        {"fetch__source": "local", "fetch__path": "/a", "fetch__diagnoses": "{nevus: nv}"},
        {"fetch__isic__url": "http://mirror"},  # a mirror may be set once for all sources
        {"model__arch": "vgg16", "embed__cut": 5},
        {"model__weights": "random"},
    ],
)
def test_what_has_an_effect_passes(changes: dict[str, Any], tmp_path: Path) -> None:
    check(tmp_path, **changes)


def test_files_are_found_relative_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits/mine.csv").write_text("image_id,split\n")
    (tmp_path / "mine.weights.h5").write_bytes(b"")
    check(
        tmp_path, split__strategy="file", split__file="splits/mine.csv",
        model__weights="mine.weights.h5",
    )  # fmt: skip


def test_a_package_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lesion_pipeline.consistency.find_spec", lambda name: None)
    with pytest.raises(ParamsError, match=r"export\.formats: onnx .*requirements-onnx\.txt"):
        check(tmp_path, export__formats=["keras", "onnx"])

"""Each version stands in one place, or is compared; and the light installation is light."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lesion_pipeline.serve.inputs import find_images
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import predict_files
from tests.code_deps import ROOT
from tests.commands import run
from tests.serve.pictures import draw, draw_three, rows

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LIGHTER = {"ai-edge-litert"}  # than that of requirements.txt, on purpose: see pyproject.toml
MOST = 150e6  # bytes that the light installation may add to an environment
HEAVY = ("tensorflow", "keras", "dvc", "pandas", "sklearn", "scipy", "matplotlib")


def pins(lines: list[str]) -> dict[str, str]:
    """Return versions by package of lines such as name==1.2.3."""
    return dict(line.strip().split("==") for line in lines if "==" in line)


def pinned(name: str) -> dict[str, str]:
    return pins((ROOT / name).read_text().splitlines())


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_pins_what_the_whole_installation_pins(extra: str) -> None:
    wanted, whole = pins(EXTRAS[extra]), pinned("requirements.txt")
    whole |= pinned("requirements-serve.txt")
    assert len(wanted) == len(EXTRAS[extra])
    differing = {name for name, version in wanted.items() if whole.get(name) != version}
    assert differing <= LIGHTER


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements-onnx.txt",
        "requirements-ray.txt",
        "requirements-s3.txt",
        "requirements-serve.txt",
    ],
)
def test_what_is_pinned_is_what_the_constraints_pin(name: str) -> None:
    every = {
        package.replace("_", "-").lower(): v for package, v in pinned("constraints.txt").items()
    }
    for package, version in pinned(name).items():
        assert every[package.replace("_", "-").lower()] == version, package


def size(folder: Path) -> int:
    """Return the bytes of all files of a folder, as `du -b`."""
    return sum(path.lstat().st_size for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The programs of an environment that was empty before, and the bytes that were added."""
    folder = tmp_path_factory.mktemp("light")
    source, venv = folder / "source", folder / "venv"
    source.mkdir()  # a copy, as a build leaves files behind
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "lesion_pipeline", source / "lesion_pipeline")
    run(folder, sys.executable, "-m", "venv", str(venv))
    empty = size(venv)
    run(folder, str(venv / "bin/python"), "-m", "pip", "install", "-q", f"{source}[predict]")
    return venv / "bin", size(venv) - empty


def lesion(programs: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the installed command, which must not find this repository."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [programs / "lesion", *map(str, arguments)]
    return subprocess.run(command, cwd=programs, env=plain, capture_output=True, text=True)


@pytest.mark.slow
def test_the_light_installation_is_light(light: tuple[Path, int]) -> None:
    programs, added = light
    assert added < MOST
    script = f"from importlib.util import find_spec; print(*filter(find_spec, {HEAVY}))"
    assert run(programs, str(programs / "python"), "-c", script).split() == []


@pytest.mark.slow
def test_the_light_installation_predicts_what_the_whole_one_does(
    light: tuple[Path, int], bundle_folder: Path, tmp_path: Path
) -> None:
    images = draw_three(tmp_path / "images")
    done = lesion(light[0], "predict", images, "--bundle", bundle_folder)
    assert done.returncode == 0, done.stderr
    whole = predict_files(load_bundle(bundle_folder, "tflite"), find_images(images), 1, quiet=True)
    assert [row["probability_malignant"] for row in rows(done.stdout)] == [
        str(row["probability_malignant"]) for row in whole
    ]


@pytest.mark.slow
def test_a_command_that_needs_more_tells_so(light: tuple[Path, int], bundle_folder: Path) -> None:
    image = draw(bundle_folder.parent / "image.jpg", 0)
    done = lesion(light[0], "explain", image, "--bundle", bundle_folder, "--output", "x")
    assert done.returncode == 2
    assert done.stderr.startswith("error: this command needs the package ")

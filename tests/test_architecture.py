"""The laws of the house: who imports whom, what dvc.yaml says, what stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lesion_pipeline.core.params import SECTIONS
from tests.code_deps import ROOT, code_deps, imported

DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = list(DVC["stages"])
MODULES = sorted(
    path.relative_to(ROOT)
    for room in ("lesion_pipeline", "stages")
    for path in (ROOT / room).rglob("*.py")
)
LIGHT = ("fetch", "split", "explore", "audit", "evaluate", "tune_threshold", "summary")
OTHER_NAME = {"backbone": "model", "tune_threshold": "threshold"}  # stage: section and metrics

# A room may import itself and these rooms.
FOUNDATION = {"errors", "labels", "paths", "quiet", "tf", "parallel"}
ROOMS = {
    "errors": set(),
    "labels": set(),
    "paths": set(),
    "quiet": set(),
    "tf": {"quiet"},
    "parallel": set(),
    "params": {"errors"},
    "files": {"errors"},
    "progress": set(),
    "stage": {"errors"},
    "charts": {"labels"},
    "data": {"labels", "errors", "files", "params", "parallel", "progress", "charts", "tf"},
    "score": {"labels", "errors", "params", "charts"},
    "model": {"data", "score", "labels", "errors", "files", "params", "progress", "tf", "parallel"},
    "serve": {
        "model",
        "score",
        "data",
        "labels",
        "errors",
        "files",
        "params",
        "progress",
        "parallel",
        "quiet",
    },
    "revisions": {"score", "charts", "labels", "errors"},
    "cli": {"revisions", "serve", "model", "files", "parallel", "paths", "errors"},
}
WITH_TENSORFLOW = {"model", "serve", "cli", "tf"}  # and in data only what handles TFRecords


def sections(stage: str) -> set[str]:
    """The sections of params.yaml of which dvc.yaml declares all or some keys (`model.target`)."""
    return {name.split(".")[0] for name in DVC["stages"][stage].get("params", [])}


def uncached(stage: str) -> list[str]:
    """The metrics and plots of a stage: small files that git has."""
    entry = DVC["stages"][stage]
    return [next(iter(out)) for kind in ("metrics", "plots") for out in entry.get(kind, [])]


def room(path: Path) -> str:
    return path.parts[1].removesuffix(".py")


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "lesion_pipeline"], ids=str)
def test_a_room_imports_only_what_lies_below_it(path: Path) -> None:
    allowed = ROOMS.get(room(path), set()) | {room(path)}
    assert {room(other) for other in imported(ROOT / path)} <= allowed


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "stages"], ids=str)
def test_stages_do_not_import_each_other(path: Path) -> None:
    assert not [other for other in imported(ROOT / path) if other.parts[0] == "stages"]


def test_nobody_imports_in_a_circle() -> None:
    done: set[Path] = set()

    def visit(path: Path, trail: tuple[Path, ...]) -> None:
        assert path not in trail, " -> ".join(map(str, (*trail, path)))
        if path not in done:
            for other in imported(ROOT / path):
                visit(other, (*trail, path))
            done.add(path)

    for path in MODULES:
        visit(path, ())


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=str)
def test_a_package_holds_a_docstring_and_nothing_else(path: Path) -> None:
    body = ast.parse((ROOT / path).read_text()).body
    assert len(body) == 1 and ast.get_docstring(ast.Module(body, [])) is not None


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) != "tf"], ids=str)
def test_tensorflow_comes_in_through_one_door(path: Path) -> None:
    roots = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.split(".")[0])
    assert not roots & {"tensorflow", "keras"}


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_yaml_lists_the_code_of_a_stage(stage: str) -> None:
    declared = [dep for dep in DVC["stages"][stage]["deps"] if dep.endswith(".py")]
    assert sorted(declared) == code_deps(stage), "python -m tests.code_deps prints the truth"


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_yaml_lists_the_sections_a_stage_loads(stage: str) -> None:
    tree = ast.parse((ROOT / f"stages/{stage}.py").read_text())
    loaded = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "load_params"
    ]
    assert sections(stage) == set(loaded)


def test_every_section_is_loaded_by_a_stage_and_stands_in_the_file() -> None:
    declared = {section for stage in STAGES for section in sections(stage)}
    written = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert declared == set(SECTIONS) == set(written)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_and_its_namesakes(stage: str) -> None:
    entry = DVC["stages"][stage]
    assert entry["cmd"] == f"python -m stages.{stage}"
    assert entry["desc"]
    name = OTHER_NAME.get(stage, stage)
    assert entry.get("params", [name])[0] == name
    figures = [path for path in uncached(stage) if path.startswith("metrics/")]
    assert figures in ([], [f"metrics/{name}.json"])
    library = [dep for dep in entry["deps"] if dep.endswith(f"/{stage}.py")]
    assert f"stages/{stage}.py" in library and len(library) == 2


def test_what_people_compare_is_in_one_file() -> None:
    """All that `dvc metrics diff` shows; other figures are kept as plots are."""
    metrics = {
        stage: entry["metrics"] for stage, entry in DVC["stages"].items() if "metrics" in entry
    }
    assert metrics == {"summary": [{"metrics/summary.json": {"cache": False}}]}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_no_branch_no_loop_and_no_parser(stage: str) -> None:
    (main,) = [
        node
        for node in ast.parse((ROOT / f"stages/{stage}.py").read_text()).body
        if isinstance(node, ast.FunctionDef)
    ]
    assert main.name == "main"
    assert not [n for n in ast.walk(main) if isinstance(n, ast.If | ast.For | ast.While | ast.Try)]


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "lesion_pipeline"], ids=str)
def test_only_stages_and_the_command_line_know_paths(path: Path) -> None:
    knows = Path("lesion_pipeline/paths.py") in imported(ROOT / path)
    assert not knows or room(path) == "cli"


def modules_after(statement: str) -> set[str]:
    script = f"{statement}\nimport sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


@pytest.mark.parametrize("stage", LIGHT)
def test_a_light_stage_does_not_load_tensorflow(stage: str) -> None:
    assert not modules_after(f"import stages.{stage}") & {"tensorflow", "keras"}


def test_comparing_revisions_does_not_load_tensorflow() -> None:
    loaded = modules_after("import lesion_pipeline.revisions.report")
    assert "dvc.repo" in loaded and not loaded & {"tensorflow", "keras"}


@pytest.mark.slow
def test_that_a_heavy_stage_would_be_noticed() -> None:
    assert "tensorflow" in modules_after("import stages.preprocess")


def test_the_help_of_the_command_is_light() -> None:
    assert not modules_after("import lesion_pipeline.cli") & {"tensorflow", "pandas", "numpy"}


def test_using_a_bundle_is_light() -> None:
    """What runs the network may be small: nothing around it may load TensorFlow, or pandas."""
    rest = "lesion_pipeline.serve.load, lesion_pipeline.serve.output, lesion_pipeline.serve.inputs"
    loaded = modules_after(f"import {rest}")
    assert "lesion_pipeline.serve.predict" in loaded
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn", "scipy", "huggingface_hub"}


def test_nothing_in_code_asserts() -> None:
    guilty = [
        str(path)
        for path in MODULES
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Assert)
    ]
    assert guilty == []

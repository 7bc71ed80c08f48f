"""The rules of docs/architecture.md: who imports whom, what dvc.yaml states, what stays light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from lesion_pipeline import paths
from lesion_pipeline.core.params import Section
from lesion_pipeline.schema import SECTIONS
from tests.code_deps import NO_DEP, ROOT, code_deps, code_files, imported

DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = list(DVC["stages"])
MODULES = sorted(
    path.relative_to(ROOT)
    for folder in ("lesion_pipeline", "stages")
    for path in (ROOT / folder).rglob("*.py")
)
LIBRARY = [path for path in MODULES if path.parts[0] == "lesion_pipeline"]
LIGHT = (
    "fetch", "split", "explore", "audit", "evaluate", "tune_threshold", "summary", "validate",
    "draw", "explain", "report", "finish",
)  # fmt: skip
WITHOUT_PICTURES = ("fetch", "split", "evaluate", "tune_threshold", "validate", "report", "finish")
SHARED = {"figures", "pictures"}  # sections of several stages
OTHER_NAME = {"backbone": "model", "tune_threshold": "threshold"}  # stage: section and metrics

# A package (or a module at the top) may import itself and these.
LAYERS: dict[str, set[str]] = {
    "core": set(),
    "paths": set(),
    "loops": set(),
    "addresses": {"core", "loops"},
    "images": {"core"},
    "disk": {"core"},
    "resume": {"core"},
    "text_table": {"core"},
    "tf": {"core"},
    "vocabulary": {"core"},
    "tables": {"core", "vocabulary"},
    "sample": {"core", "loops", "tables"},
    "sources": {"addresses", "core", "images", "loops", "sample", "tables", "vocabulary"},
    "splitting": {"core", "tables"},
    "shards": {"core", "loops", "resume"},
    "records": {"core", "images", "tf"},
    "preprocessing": {"core", "images", "records", "shards", "tf"},
    "leakage": {"core", "images", "loops", "splitting"},
    "networks": {"core", "tf"},
    "backbones": {"core", "networks", "tf"},
    "features": {"core", "networks", "tf"},
    "frozen": {"features", "loops", "networks", "tf"},
    "embedding": {"core", "features", "frozen", "loops", "networks", "records", "shards", "tf"},
    "scores": {"core"},
    "statistics": {"core", "scores"},
    "inference": {
        "core", "features", "frozen", "images", "loops", "networks", "records", "sources", "tf",
    },
    "training": {
        "core", "embedding", "features", "inference", "loops", "networks", "records", "resume",
        "splitting", "statistics", "tf", "vocabulary",
    },
    "evaluation": {"core", "scores", "statistics"},
    "threshold": {"core", "scores", "statistics"},
    "summary": {"core", "evaluation", "scores", "statistics", "text_table", "vocabulary"},
    "validation": {
        "core", "evaluation", "inference", "scores", "statistics", "summary", "threshold",
    },
    "scoring": {
        "core", "evaluation", "images", "scores", "statistics", "tables", "threshold",
    },
    "charts": {"core", "scores", "vocabulary"},
    "gallery": {"charts", "core", "images", "vocabulary"},
    "explanation": {
        "addresses", "bundle", "core", "features", "images", "inference", "loops", "networks",
        "records", "tf",
    },
    "bundle": {
        "core", "evaluation", "images", "inference", "loops", "networks", "records", "scores",
        "sources", "splitting", "statistics", "text_table", "tf", "vocabulary",
    },
    "serve": {"addresses", "bundle", "core", "evaluation", "images", "loops", "networks", "tf"},
    "web": {"bundle", "core", "evaluation", "images", "loops", "memory", "networks", "serve", "tf"},
    "ensemble": {
        "bundle", "core", "networks", "records", "revisions", "scores", "statistics", "text_table",
        "tf", "threshold",
    },
    "reporting": {
        "bundle", "charts", "core", "explanation", "leakage", "networks", "scores", "sources",
        "text_table",
    },
    "revisions": {
        "charts", "core", "loops", "reporting", "scores", "statistics", "text_table", "threshold",
    },
    "planning": {
        "addresses", "backbones", "bundle", "core", "disk", "embedding", "features", "images",
        "inference", "networks", "preprocessing", "revisions", "scores", "sources", "splitting",
        "training",
    },
    "consistency": {
        "backbones", "bundle", "features", "inference", "networks", "sources", "splitting",
        "tables", "training",
    },
    "closing": {"bundle", "scores"},
    "schema": {
        "bundle", "charts", "consistency", "core", "features", "gallery", "inference", "leakage",
        "networks", "preprocessing", "scores", "sources", "splitting", "training", "validation",
        "vocabulary",
    },
    "memory": set(),
    "search": {
        "charts", "consistency", "core", "features", "inference", "loops", "memory", "networks",
        "records", "revisions", "schema", "scores", "statistics", "tf", "training",
    },
    "commands": {
        "addresses", "bundle", "core", "disk", "ensemble", "evaluation", "explanation",
        "inference", "loops", "paths", "planning", "preprocessing", "records", "revisions",
        "schema", "scores", "scoring", "search", "serve", "shards", "sources", "splitting",
        "summary", "text_table", "threshold", "web",
    },
    "cli": {"commands", "core"},
}  # fmt: skip


def package(path: Path) -> str:
    """Return the name of the package below lesion_pipeline, or of the module at its top."""
    return path.parts[1].removesuffix(".py")


def declared(stage: str, *keys: str) -> list[str]:
    """List what dvc.yaml declares under some keys of a stage, without their options."""
    entries = [entry for key in keys for entry in DVC["stages"][stage].get(key, [])]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def data_deps(stage: str) -> list[str]:
    """List the deps of a stage that are no code."""
    return [dep for dep in declared(stage, "deps") if not dep.startswith(("lesion_", "stages/"))]


@cache
def tree(path: Path) -> ast.Module:
    """Parse one of our files."""
    return ast.parse((ROOT / path).read_text())


def stage_tree(stage: str) -> ast.Module:
    return tree(Path(f"stages/{stage}.py"))


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


@pytest.mark.parametrize("path", LIBRARY, ids=str)
def test_a_package_imports_only_what_lies_below_it(path: Path) -> None:
    allowed = LAYERS.get(package(path), set()) | {package(path)}
    assert {package(other) for other in imported(ROOT / path)} <= allowed


def test_every_package_has_a_layer_and_layers_have_no_circle() -> None:
    assert set(LAYERS) == {package(path) for path in LIBRARY} - {"__init__"}
    left = dict(LAYERS)
    while left:
        lowest = {name for name, below in left.items() if not below & left.keys()}
        assert lowest, f"these import each other: {sorted(left)}"
        left = {name: below for name, below in left.items() if name not in lowest}


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "stages"], ids=str)
def test_stages_do_not_import_each_other(path: Path) -> None:
    assert not [other for other in imported(ROOT / path) if other.parts[0] == "stages"]


def test_no_modules_import_in_a_circle() -> None:
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
    """But for stages/, which is no dep and so may only call what is one."""
    docstring, *rest = tree(path).body
    assert isinstance(docstring, ast.Expr) and isinstance(docstring.value, ast.Constant)
    call = ["from lesion_pipeline.core.begin import begin", "begin()"]
    assert [ast.unparse(node) for node in rest] == (call if path.parts[0] == "stages" else [])


@pytest.mark.parametrize("path", [p for p in LIBRARY if package(p) != "tf"], ids=str)
def test_tensorflow_is_imported_in_one_module(path: Path) -> None:
    roots = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.split(".")[0])
    assert not roots & {"tensorflow", "keras"}


def test_no_class_has_the_name_of_another() -> None:
    named: dict[str, list[str]] = {}
    for path in LIBRARY:
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef):
                named.setdefault(node.name.lstrip("_"), []).append(str(path))
    assert {name: where for name, where in named.items() if len(where) > 1} == {}


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_yaml_lists_the_code_of_a_stage(stage: str) -> None:
    code = [dep for dep in declared(stage, "deps") if dep not in data_deps(stage)]
    assert sorted(code) == code_deps(stage), "run `python -m tests.code_deps --write`"


def test_code_deps_notices_an_import_and_shortens_a_whole_package(tmp_path: Path) -> None:
    def put(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    put("lesion_pipeline/paths.py", "")
    put("lesion_pipeline/two/__init__.py", "")
    put("lesion_pipeline/two/one.py", "")
    put("lesion_pipeline/two/other.py", "def f():\n    from lesion_pipeline.two import one")
    put("stages/x.py", "from lesion_pipeline import paths\nimport lesion_pipeline.two.one")
    assert code_deps("x", tmp_path) == ["lesion_pipeline/two/one.py", "stages/x.py"]
    put("stages/x.py", "import lesion_pipeline.two.other")
    assert code_deps("x", tmp_path) == ["lesion_pipeline/two", "stages/x.py"]


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_yaml_lists_the_sections_that_a_stage_loads(stage: str) -> None:
    loaded = [call.args[0].value for call in calls(stage_tree(stage), "load_params")]  # type: ignore[attr-defined]
    assert sorted(declared(stage, "params")) == sorted(loaded)


TOGETHER = {"columns"}  # whose keys are read as one mapping


def fields(section: type[Section]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield name
        if (
            name not in TOGETHER
            and isinstance(field.annotation, type)
            and issubclass(field.annotation, Section)
        ):
            yield from fields(field.annotation)


@pytest.mark.parametrize("stage", [name for name in STAGES if declared(name, "params")])
def test_a_stage_reads_every_key_of_its_sections(stage: str) -> None:
    read = {
        node.attr
        for file in code_files(stage)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute)
    }
    for section in declared(stage, "params"):
        assert set(fields(SECTIONS[section])) <= read


def test_every_section_is_loaded_by_one_stage_and_stands_in_the_file() -> None:
    """But for those that are shared, which several load."""
    every = [section for stage in STAGES for section in declared(stage, "params")]
    assert all(every.count(section) > 1 for section in SHARED)
    loaded = [section for section in every if section not in SHARED] + sorted(SHARED)
    written = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert sorted(loaded) == sorted(SECTIONS) == sorted(written)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_and_its_namesakes(stage: str) -> None:
    entry = DVC["stages"][stage]
    assert entry["cmd"] == f"python -m stages.{stage}"
    assert entry["desc"]
    name = OTHER_NAME.get(stage, stage)
    assert [each for each in declared(stage, "params") if each not in SHARED] in ([], [name])
    metrics = [path for path in declared(stage, "metrics", "plots") if path.startswith("metrics/")]
    assert metrics in ([], [f"metrics/{name}.json"])
    library = [file for file in code_files(stage) if file.stem == stage]
    assert Path(f"stages/{stage}.py") in library
    assert len(library) == (1 if stage == "finish" else 2)  # finish prints what export wrote


def test_what_people_compare_is_in_one_file() -> None:
    """All that `dvc metrics diff` shows; the other metrics are kept as plots are."""
    metrics = {
        stage: entry["metrics"] for stage, entry in DVC["stages"].items() if "metrics" in entry
    }
    assert metrics == {"summary": [{"metrics/summary.json": {"cache": False}}]}


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_depends_on_metrics_or_plots(stage: str) -> None:
    assert [dep for dep in data_deps(stage) if dep.startswith(("metrics", "plots"))] == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_only_writes_to_metrics_and_plots(stage: str) -> None:
    """What is read is the argument of a function or method whose name begins with read or load."""
    read = [
        ast.unparse(node)
        for node in ast.walk(stage_tree(stage))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")).startswith(("read", "load"))
    ]
    assert [call for call in read if "METRICS" in call or "PLOTS" in call] == []


CONSTANTS = {name: value for name, value in vars(paths).items() if isinstance(value, Path)}
UNDECLARED = {"LOGS", "UNFINISHED", "DOWNLOADS"}  # what survives an interruption is unknown to DVC


def related(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_yaml_declares_the_paths_that_a_stage_uses(stage: str) -> None:
    """So paths.py need be no dep: another path is another dvc.yaml."""
    used = {
        node.attr
        for node in ast.walk(stage_tree(stage))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "paths"
    }
    known = [Path(path) for path in declared(stage, "deps", "outs", "metrics", "plots")]
    for name in used - UNDECLARED:
        assert any(related(CONSTANTS[name], path) for path in known), name
    for path in [*data_deps(stage), *declared(stage, "outs", "metrics", "plots")]:
        assert any(related(CONSTANTS[name], Path(path)) for name in used), path
    assert {Path("lesion_pipeline/paths.py")} == NO_DEP


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_no_branch_no_loop_and_no_parser(stage: str) -> None:
    (main,) = [node for node in stage_tree(stage).body if isinstance(node, ast.FunctionDef)]
    assert main.name == "main"
    assert not [n for n in ast.walk(main) if isinstance(n, ast.If | ast.For | ast.While | ast.Try)]


@pytest.mark.parametrize("path", LIBRARY, ids=str)
def test_only_stages_and_the_command_line_know_paths(path: Path) -> None:
    knows = Path("lesion_pipeline/paths.py") in imported(ROOT / path)
    assert not knows or package(path) == "commands"


def modules_after(statement: str) -> set[str]:
    script = f"{statement}\nimport sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_kernels_are_chosen_before_numpy_is_loaded() -> None:
    assert not modules_after("import stages") & {"numpy", "tensorflow", "pydantic"}


@pytest.mark.slow
@pytest.mark.parametrize("stage", LIGHT)
def test_a_light_stage_does_not_load_tensorflow(stage: str) -> None:
    loaded = modules_after(f"import stages.{stage}, lesion_pipeline.schema")
    assert not loaded & {"tensorflow", "keras"}
    assert stage not in WITHOUT_PICTURES or "matplotlib" not in loaded


@pytest.mark.slow
def test_comparing_revisions_does_not_load_tensorflow() -> None:
    loaded = modules_after("import lesion_pipeline.revisions.report")
    assert "dvc.repo" in loaded and not loaded & {"tensorflow", "keras"}


@pytest.mark.slow
def test_that_a_heavy_stage_would_be_noticed() -> None:
    assert "tensorflow" in modules_after("import stages.preprocess")


def test_the_help_of_the_command_is_light() -> None:
    heavy = {"tensorflow", "pandas", "numpy", "fsspec"}
    assert not modules_after("from lesion_pipeline.cli import _parser; _parser()") & heavy


def test_scoring_others_predictions_is_light() -> None:
    loaded = modules_after("import lesion_pipeline.scoring.text")
    assert "sklearn" in loaded
    assert not loaded & {"tensorflow", "keras", "matplotlib", "dvc"}


def test_checking_params_yaml_is_light() -> None:
    heavy = {"tensorflow", "pandas", "sklearn", "scipy", "matplotlib", "requests"}
    assert not modules_after("import lesion_pipeline.schema") & heavy


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
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert)
    ]
    assert guilty == []


def test_tests_mirror_the_library() -> None:
    """Each module has its tests under its name; only data and constants need none.

    A command is tested in test_cli.py and with what it runs.
    """
    missing = [
        str(path)
        for path in LIBRARY
        if path.name != "__init__.py"
        and package(path) != "commands"
        and not (ROOT / "tests" / Path(*path.parts[1:]).with_name(f"test_{path.name}")).is_file()
        and has_code(path)
    ]
    assert missing == []


def has_code(path: Path) -> bool:
    """Tell whether a module has a function, or a class with a method."""
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree(path)))


def test_no_test_imports_from_another_test() -> None:
    named = [
        (path.name, node.module)
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    ]
    assert [pair for pair in named if pair[1].rsplit(".", 1)[-1].startswith("test_")] == []

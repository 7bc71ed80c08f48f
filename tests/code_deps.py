"""Which of our files a stage imports, directly or not: what its deps in dvc.yaml must list.

Run `python -m tests.code_deps` to print them for all stages, `python -m tests.code_deps --write` to
put them into dvc.yaml.
"""

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ("lesion_pipeline", "stages")
# Paths stand in dvc.yaml as deps and outs, and a test compares: a path that changes makes stale
# the stages that use it, and no others.
NO_DEP = frozenset({Path("lesion_pipeline/paths.py")})
BASE = Path("lesion_pipeline/core")  # a dep of every stage; stages/__init__.py calls begin.py


def code_deps(stage: str, root: Path = ROOT) -> list[str]:
    """List what a stage is made of, relative to the repository, sorted.

    A package of which the stage imports every module is listed as its folder.
    """
    files = code_files(stage, root)
    folders = {file.parent for file in files}
    whole = {folder for folder in folders if _modules(folder, root) <= files}
    whole -= {Path(name) for name in OURS}
    whole -= {folder for folder in whole if whole & set(folder.parents)}
    files -= {file for file in files if whole & set(file.parents[1:])}
    return sorted({(f.parent if f.parent in whole else f).as_posix() for f in files})


def code_files(stage: str, root: Path = ROOT) -> set[Path]:
    """Return the files that a stage is made of, relative to the repository."""
    seen: set[Path] = set()
    ahead = [Path(f"stages/{stage}.py"), *_modules(BASE, root)]
    while ahead:
        file = ahead.pop()
        if file not in seen:
            seen.add(file)
            ahead += imported(root / file, root)
    return seen - NO_DEP


def imported(file: Path, root: Path = ROOT) -> list[Path]:
    """List our modules that a file imports anywhere, in functions too.

    Packages are left out: their __init__.py holds a docstring, that of stages/ one call as well.
    """
    return _imported(file.read_text(encoding="utf-8"), root)


@cache
def _imported(text: str, root: Path) -> list[Path]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    names = {name for name in found if name.split(".")[0] in OURS}
    files = {Path(*name.split(".")).with_suffix(".py") for name in names}
    return sorted(path for path in files if (root / path).is_file())


def stages(root: Path = ROOT) -> list[str]:
    """List the stages that have a module."""
    return sorted(path.stem for path in (root / "stages").glob("[a-z]*.py"))


def write(root: Path = ROOT) -> None:
    """Replace the code deps of each stage in dvc.yaml; data deps stay, and stay first."""
    path = root / "dvc.yaml"
    text = path.read_text(encoding="utf-8")
    for stage in stages(root):
        block = re.search(rf"^  {stage}:\n(?:(?:    .*)?\n)+", text, re.MULTILINE)
        if block is None:
            raise ValueError(f"dvc.yaml has no stage {stage}")
        kept = re.sub(rf"^      - (?:{'|'.join(OURS)})/?.*\n", "", block[0], flags=re.MULTILINE)
        listed = "".join(f"      - {name}\n" for name in code_deps(stage, root))
        deps = re.search(r"^    deps:\n(?:      - .*\n)*", kept, re.MULTILINE)
        if deps is None:
            raise ValueError(f"dvc.yaml: stage {stage} has no deps")
        changed = kept[: deps.end()] + listed + kept[deps.end() :]
        text = text.replace(block[0], changed)
    path.write_text(text, encoding="utf-8")


def _modules(folder: Path, root: Path) -> set[Path]:
    """List the modules of a package, in packages within it too, without __init__.py."""
    files = (root / folder).rglob("*.py")
    return {file.relative_to(root) for file in files if file.name != "__init__.py"}


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        write()
    for name in stages():
        print(name, *code_deps(name), sep="\n      - ")

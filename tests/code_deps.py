"""Which of our files a stage imports, directly or not: what its deps in dvc.yaml must list.

Run `python -m tests.code_deps` for the truth about all stages.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ("lesion_pipeline", "stages")


def code_deps(stage: str, root: Path = ROOT) -> list[str]:
    """List the files that a stage is made of, relative to the repository, sorted."""
    seen: set[Path] = set()
    ahead = [Path(f"stages/{stage}.py")]
    while ahead:
        file = ahead.pop()
        if file not in seen:
            seen.add(file)
            ahead += imported(root / file, root)
    return sorted(file.as_posix() for file in seen)


def imported(file: Path, root: Path = ROOT) -> list[Path]:
    """List our modules that a file imports anywhere, in functions too.

    Packages are left out: their __init__.py holds a docstring and nothing else.
    """
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    names = {name for name in found if name.split(".")[0] in OURS}
    files = {Path(*name.split(".")).with_suffix(".py") for name in names}
    return sorted(path for path in files if (root / path).is_file())


if __name__ == "__main__":
    for path in sorted((ROOT / "stages").glob("[a-z]*.py")):
        print(path.stem, *code_deps(path.stem), sep="\n      - ")

"""Keep what an interrupted stage had finished, under a key of everything that it depends on.

DVC empties the outputs of a stage before it runs the stage, so what is kept lies beside them, where
git ignores it. When parameters, code, library versions or inputs change, the key is another and
the stage starts anew.
"""

import hashlib
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from lesion_pipeline.core.files import PARTIAL, write_text
from lesion_pipeline.core.params import Section

KEY: Final = "resume.key"
# Those that compute what is kept.
_LIBRARIES: Final = (
    "ai-edge-litert", "keras", "numpy", "pandas", "pillow", "scipy", "tensorflow",
    "tensorflow-cpu",
)  # fmt: skip


def resume_key(params: Iterable[Section | str], inputs: Iterable[Path]) -> str:
    """Name a piece of work by everything that it depends on.

    Args:
        params: its parameters.
        inputs: folders that it reads. A file is known by its name, size and time of last change,
            to the nanosecond: reading gigabytes at each start would cost too much.

    Returns:
        Hexadecimal digits that fit a file name.
    """
    parts = [repr(part) for part in params]
    parts += [f"{name} {found}" for name, found in library_versions().items()]
    for folder in inputs:
        for path in sorted(folder.rglob("*")):
            facts = path.stat()
            parts.append(f"{path.name} {facts.st_size} {facts.st_mtime_ns}")
    digest = hashlib.sha256("\n".join(parts).encode())
    for path in _code():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def library_versions() -> dict[str, str]:
    """Return the versions that the bytes of a stage depend on, by name; "missing" is one."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


@contextmanager
def resumed_folder(target: Path, key: str) -> Iterator[Path]:
    """Give a folder beside `target` to write into; it becomes `target` at the end.

    Unlike with `whole_folder`, the folder has what an interrupted run with the same key left in
    it. Files must be written whole (`whole_file`), so that one that is there is finished. What
    stood at `target` before is replaced only when the block ends without an error.
    """
    partial = target.with_name(target.name + PARTIAL)
    _empty_unless(key, partial)
    yield partial
    (partial / KEY).unlink()
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)


def _empty_unless(key: str, folder: Path) -> None:
    """Leave in a folder what is finished under this key, and the key; make it if need be."""
    kept = folder / KEY
    if not (kept.is_file() and kept.read_text(encoding="utf-8") == key):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_text(kept, key)
    for unfinished in folder.rglob(f"*{PARTIAL}"):
        unfinished.unlink()


def _code() -> list[Path]:
    """List the files of this package that are loaded."""
    package = __name__.split(".")[0]
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == package]
    return sorted(Path(module.__file__) for module in modules if module.__file__)

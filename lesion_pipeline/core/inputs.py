"""Are the inputs of a stage what the stages before it wrote? DVC doesn't read them again."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import yaml

from lesion_pipeline.core.checked import CheckedInputs, facts_of
from lesion_pipeline.core.errors import DataError, listed

FOLDER: Final = ".dir"  # ending of the hash of a folder
_CACHE: Final = Path(".dvc/cache/files/md5")
_THREADS: Final = 4  # hashing releases Python's global lock
CHECKED: Final = Path("logs/checked.json")


def check_inputs(stage: str, root: Path = Path()) -> None:
    """Compare the outputs of other stages that a stage reads with their hashes in dvc.lock.

    DVC knows a file by its size and the time of its last change, and never reads a read-only file
    of its cache again. So it doesn't notice a bit that flipped on the disk. A file that is declared
    by itself from within another stage's folder is compared with DVC's list of that folder, if the
    cache is in its default place and has it. What another stage compared less than an hour ago, and
    nobody has written since, isn't read again (core/checked.py).

    Args:
        stage: its name in dvc.yaml.
        root: the folder of dvc.yaml and dvc.lock; without dvc.lock nothing is compared.

    Raises:
        DataError: an input has other bytes.
    """
    written = _outputs(root / "dvc.lock")
    deps = _read(root / "dvc.yaml").get(stage, {}).get("deps", [])
    stated = dict(found for dep in deps if (found := _stated(dep, written, root)) is not None)
    checked = CheckedInputs.load(root / CHECKED)
    wrong = [path for path, md5 in stated.items() if not _is_right(root / path, md5, checked)]
    if stated:
        checked.save()
    if wrong:
        raise DataError(
            f"{listed(wrong)}: not the bytes that dvc.lock states, so a file was damaged. `lesion "
            f"verify --fast` names it: delete it and {listed(wrong)}, then run `dvc repro`"
        )


def _is_right(path: Path, md5: str, checked: CheckedInputs) -> bool:
    """Tell whether a file or folder has a hash; a missing one is for others to report."""
    if not path.exists() or checked.found_right(path, md5):
        return True
    facts = facts_of(path)
    right = md5_of(path) == md5
    if right:
        checked.remember(path, md5, facts)
    return right


def md5_of(path: Path) -> str:
    """Return the hash of a file or folder as DVC names it.

    A file's is the MD5 of its bytes; a folder's that of the sorted list of its files' hashes and
    names as JSON, with `.dir` after it.
    """
    if not path.is_dir():
        return _md5_of_file(path)
    names = sorted(f.relative_to(path).as_posix() for f in path.rglob("*") if f.is_file())
    with ThreadPoolExecutor(_THREADS) as pool:
        hashes = pool.map(_md5_of_file, [path / name for name in names])
    rows = [{"md5": md5, "relpath": name} for md5, name in zip(hashes, names, strict=True)]
    text = json.dumps(rows, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + FOLDER


def _md5_of_file(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _outputs(lock: Path) -> dict[str, str]:
    """Return the hash of each output in dvc.lock by its path."""
    return {
        out["path"]: out["md5"]
        for entry in _read(lock).values()
        for out in entry.get("outs", [])
        if "md5" in out
    }


def _stated(dep: str, written: Mapping[str, str], root: Path) -> tuple[str, str] | None:
    """Return what is to be compared for a dep, and its hash.

    That is the output that the dep is, or the folder that contains it if it is a folder itself.
    """
    if dep in written:
        return dep, written[dep]
    folder = next((path for path in map(str, Path(dep).parents) if path in written), None)
    if folder is None:
        return None
    if (root / dep).is_dir():
        return folder, written[folder]
    listed = files_of(cached(written[folder], root / _CACHE)) or {}
    md5 = listed.get(Path(dep).relative_to(folder).as_posix())
    return None if md5 is None else (dep, md5)


def cached(md5: str, cache: Path) -> Path:
    """Return where DVC's cache keeps the content with a hash, whether it is there or not."""
    return cache / md5[:2] / md5[2:]


def files_of(folder: Path) -> dict[str, str] | None:
    """Return the hashes of a folder's files by name, from DVC's list of them; None: it isn't there.

    Args:
        folder: the list, a file of the cache.
    """
    try:
        rows = json.loads(folder.read_text(encoding="utf-8"))
        return {row["relpath"]: row["md5"] for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(file: Path) -> dict[str, Any]:
    """Return the stages of dvc.yaml or dvc.lock; none if the file is missing or damaged."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast
    try:
        return dict(yaml.load(file.read_text(encoding="utf-8"), loader)["stages"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError):
        return {}

"""What a study is begun with, and must be the same in each call that goes on with it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from dvc.exceptions import DvcException
from dvc.utils.hydra import apply_overrides
from dvc.utils.serialize import load_yaml

from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.inputs import md5_of
from lesion_pipeline.search.params import SearchParams
from lesion_pipeline.search.space import SEARCHED, Axis
from lesion_pipeline.search.study import as_setting
from lesion_pipeline.search.tree import Tree, problems

# The stages that a trial runs, or whose outputs it reads.
STAGES = ("fetch", "split", "preprocess", "backbone", "embed", "train", "predict")
_SECTIONS = ("fetch", "split", *SEARCHED)


def read_preset(path: Path) -> list[str]:
    """Return the values of a preset: lines of `-S key=value`.

    Raises:
        ParamsError: there is no such file, or a line is another.
    """
    try:
        words = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        raise ParamsError(f"{path}: expected a file such as presets/fast") from None
    options, values = words[::2], words[1::2]
    if any(word != "-S" for word in options) or len(options) != len(values):
        raise ParamsError(f"{path}: expected lines such as `-S train.epochs=20`")
    return values


def base_tree(params: Path, options: Sequence[str]) -> Tree:
    """Return params.yaml as `dvc exp run -S` with these options makes it.

    Args:
        params: params.yaml, which is not changed.
        options: key=value.

    Raises:
        ParamsError: an option names no key, or the values would be refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / params.name
        copy.write_bytes(params.read_bytes())
        try:
            apply_overrides(copy, list(options))
            tree: Tree = load_yaml(copy)
        except DvcException as error:
            reason = str(error.__cause__ or error).splitlines()[0]
            raise ParamsError(f"{params} with {' '.join(options)}: {reason}") from None
    wrong = problems(tree, params.parent)
    if wrong:
        raise ParamsError("\n".join(f"{params}: {problem}" for problem in wrong))
    return tree


def settings(root: Path, base: Tree, params: SearchParams, axes: Sequence[Axis]) -> dict[str, str]:
    """Return what must be the same in each call, by its name in an error."""
    return {
        "space": as_setting([[axis.key, axis.grid(), str(axis.span)] for axis in axes]),
        "sampler": params.sampler,
        "seed": str(params.seed),
        "objective": params.objective,
        "pruning": as_setting([params.pruning, params.patience]),
        "base of params.yaml and preset": as_setting({name: base[name] for name in _SECTIONS}),
        "code": as_setting(code_hashes(root)),
    }


def code_hashes(root: Path) -> dict[str, str]:
    """Return the hash of each file of code that the stages of a trial depend on."""
    stages: dict[str, Any] = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))[
        "stages"
    ]
    deps = {dep for stage in STAGES for dep in stages[stage]["deps"]}
    code = sorted(dep for dep in deps if dep.startswith(("lesion_pipeline", "stages/")))
    found: dict[str, str] = {}
    for dep in code:
        place = root / dep
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        found |= {file.relative_to(root).as_posix(): md5_of(file) for file in files}
    return found

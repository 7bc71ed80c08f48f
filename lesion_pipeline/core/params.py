"""The one reader of params.yaml: a section by name, as a frozen, typed object."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from lesion_pipeline.core.errors import ParamsError

PARAMS: Final = Path("params.yaml")


class Section(BaseModel):
    """Base of all sections: frozen, strictly typed (only an int may stand for a float)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


S = TypeVar("S", bound=Section)


class _Loader(yaml.SafeLoader):
    """YAML 1.1 takes `1e-05`, as `dvc exp run -S` writes it, for a string; YAML 1.2 doesn't."""


_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789"))

_BRANCH = re.compile(
    r"(constrained-)?(float|int|str|bool)$|.*\["
)  # what pydantic calls a branch of a union


def load_params(section: str, kind: type[S], path: Path = PARAMS) -> S:
    """Read one section of params.yaml.

    Args:
        section: the section's name.
        kind: the type of the section; its fields are the keys allowed and required.
        path: the file.

    Raises:
        ParamsError: the file can't be read, or the section or a key is missing, unknown, of a
            wrong type or out of range. All offenders are named with what was received.
    """
    tree = _read(path)
    if section not in tree:
        raise ParamsError(f"{path}: section {section} is missing")
    try:
        return kind.model_validate(tree[section])
    except ValidationError as error:
        problems = [_problem(section, kind, item) for item in error.errors()]
        raise ParamsError(f"{path}: " + f"\n{path}: ".join(dict.fromkeys(problems))) from None


def load_sections(sections: Mapping[str, type[Section]], path: Path = PARAMS) -> dict[str, Section]:
    """Read a file that must have exactly these sections.

    Args:
        sections: the type of each section by its name.
        path: the file.

    Returns:
        Each section by its name.

    Raises:
        ParamsError: as `load_params`, for any of the sections, or a section is unknown.
    """
    unknown = [str(name) for name in _read(path) if name not in sections]
    problems = [f"{path}: {_unknown(name, tuple(sections), 'section')}" for name in unknown]
    loaded = {}
    for section, kind in sections.items():
        try:
            loaded[section] = load_params(section, kind, path)
        except ParamsError as error:
            problems.append(str(error))
    if problems:
        raise ParamsError("\n".join(problems))
    return loaded


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError:
        raise ParamsError(f"{path} not found: run from the top folder of the repository") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParamsError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict):
        raise ParamsError(f"{path}: expected sections, received {tree!r}")
    return tree


def _problem(section: str, kind: type[Section], item: Any) -> str:
    keys = item["loc"]
    if item["type"] not in ("missing", "extra_forbidden"):
        keys = [key for key in keys if not _BRANCH.match(str(key))]
    place = ".".join([section, *(str(key) for key in keys)])
    if item["type"] == "missing":
        return f"{place}: expected a value, received nothing (the key is missing)"
    if item["type"] == "extra_forbidden":
        known = _known(kind, [str(key) for key in keys[:-1]])
        return f"{place}: {_unknown(str(keys[-1]), known, 'key')}"
    if item["type"] == "model_type":
        item["msg"] = "expected keys and their values"
    expected = item["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    received = item["input"]
    if isinstance(received, dict) and _known(kind, [str(key) for key in keys]):
        return f"{place}: {expected}"  # a whole section; the message has the values that matter
    return f"{place}: {expected}, received {received!r} ({type(received).__name__})"


def _known(kind: type[Section], parents: list[str]) -> tuple[str, ...]:
    for parent in parents:
        inner = kind.model_fields[parent].annotation
        if not (isinstance(inner, type) and issubclass(inner, Section)):
            return ()
        kind = inner
    return tuple(kind.model_fields)


def _unknown(name: str, known: tuple[str, ...], what: str) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"unknown {what} {name!r}, expected one of {', '.join(known)}{hint}"

"""The space of a search: keys of params.yaml with choices or ranges, checked beforehand."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from pydantic import ConfigDict, ValidationError

from lesion_pipeline.core import results
from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.params import Section, load_params
from lesion_pipeline.schema import SECTIONS
from lesion_pipeline.search.params import RangeParams, SamplerName, SearchParams
from lesion_pipeline.search.tree import Tree, Values, leaves, problems, with_values

STORED: Final = ("preprocess", "model", "embed")  # what embed stores depends on these sections
SEARCHED: Final = (*STORED, "train", "predict")
_REFUSED: Final = {
    "train.seed": "the best of several seeds is luck; search.repeats tries others",
    "train.folds": "it changes which images are called val",
    "train.teacher": "it changes which images are called val",
    "model.kernels": "all trials run with the kernels of params.yaml",
    "predict.lesions": "it doesn't change the figures by image, by which trials are ranked",
}
DIGITS: Final = 4  # significant, of a number drawn from a range: readable, and exact in -S


class SpaceParams(Section):
    """The section `space`: any keys, whose values `read_space` checks."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True)
class Axis:
    """A key of params.yaml with the values that it may take.

    Attributes:
        key: dotted; or of a part of a section, whose choices are then mappings.
        choices: the values; empty if it has a span.
        span: the range of a number.
        whole: whether that is a whole number.
    """

    key: str
    choices: tuple[Any, ...] = ()
    span: RangeParams | None = None
    whole: bool = False

    def value(self, raw: Any) -> Any:
        """Return the value for what a sampler drew: a choice as JSON, or a number."""
        if self.span is None:
            return json.loads(raw)
        if self.whole:
            return int(raw)
        rounded = float(f"{raw:.{DIGITS}g}")
        return min(max(rounded, self.span.low), self.span.high)

    def raw(self, value: Any) -> Any:
        """Return what `value` takes for this value."""
        return value if self.span is not None else json.dumps(value, sort_keys=True)

    def grid(self) -> list[Any]:
        """Return the raw values of a grid, in order, each once."""
        span = self.span
        if span is None:
            return [self.raw(choice) for choice in self.choices]
        spaced = np.geomspace if span.log else np.linspace
        numbers = spaced(span.low, span.high, span.steps or 2).tolist()
        return list(dict.fromkeys(round(number) for number in numbers)) if self.whole else numbers

    def ends(self) -> list[Any]:
        """Return the values to check: all choices, or the ends of the range."""
        if self.span is None:
            return list(self.choices)
        kind = int if self.whole else float
        return [kind(self.span.low), kind(self.span.high)]


def chosen_values(axes: tuple[Axis, ...], drawn: dict[str, Any]) -> Values:
    """Return the values of params.yaml for what a sampler drew by key."""
    return dict(pair for axis in axes for pair in leaves(axis.key, axis.value(drawn[axis.key])))


def read_search(path: Path) -> SearchParams:
    """Read the section `search` of a search file; an empty or missing one has the defaults.

    Raises:
        ParamsError: the file is no YAML, or a key is unknown or of a wrong value.
    """
    try:
        if not (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("search"):
            return SearchParams()
    except FileNotFoundError:
        raise ParamsError(f"{path} not found; presets/search.yaml is an example") from None
    except (OSError, AttributeError, UnicodeDecodeError, yaml.YAMLError):
        pass  # load_params says what is wrong
    return load_params("search", SearchParams, path)


def read_space(path: Path, base: Tree, root: Path, sampler: SamplerName) -> tuple[Axis, ...]:
    """Read the section `space` of a search file, and check each value in place of the base's.

    Args:
        path: the file.
        base: params.yaml as all trials have it but for the space.
        root: the repository.
        sampler: grid needs steps in ranges.

    Raises:
        ParamsError: a key is unknown or can't be searched, choices or a range are not such, or
            params.yaml with one of the values would be refused; names all offenders.
    """
    content = load_params("space", SpaceParams, path).model_extra or {}
    if not content:
        raise ParamsError(f"{path}: space: expected keys of params.yaml, received none")
    wrong, axes = [], []
    for key, given in content.items():
        try:
            axes.append(_axis(key, given, sampler))
            wrong += _refused_values(axes[-1], base, root)
        except ParamsError as error:
            wrong.append(str(error))
    wrong += _set_twice(axes)
    if wrong:
        raise ParamsError("\n".join(f"{path}: space.{problem}" for problem in wrong))
    return tuple(axes)


def _axis(key: str, given: Any, sampler: SamplerName) -> Axis:
    section = key.split(".")[0]
    if section in SECTIONS and section not in SEARCHED:
        raise ParamsError(
            f"{key}: the sections that can be searched are {', '.join(SEARCHED)}: another changes "
            "no figure of val, or which images val has"
        )
    if key in _REFUSED:
        raise ParamsError(f"{key}: can't be searched: {_REFUSED[key]}")
    if isinstance(given, list):
        return _choices(key, given)
    if isinstance(given, dict):
        return _span(key, given, sampler)
    raise ParamsError(
        f"{key}: expected a list of choices, or low and high, received {given!r} "
        f"({type(given).__name__})"
    )


def _choices(key: str, given: list[Any]) -> Axis:
    if not given:
        raise ParamsError(f"{key}: expected choices, received an empty list")
    names = [json.dumps(choice, sort_keys=True) for choice in given]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ParamsError(f"{key}: {', '.join(twice)} is there twice")
    return Axis(key, choices=tuple(given))


def _span(key: str, given: dict[str, Any], sampler: SamplerName) -> Axis:
    try:
        span = RangeParams.model_validate(given)
    except ValidationError as error:
        raise ParamsError(f"{key}: {results.problems(error)}") from None
    if span.low >= span.high:
        raise ParamsError(f"{key}: expected low below high, received {span.low} and {span.high}")
    if span.log and span.low <= 0:
        raise ParamsError(f"{key}: expected low above 0 with log, received {span.low}")
    if (span.steps is None) == (sampler == "grid"):
        needed = "needs steps" if sampler == "grid" else "takes no steps"
        raise ParamsError(f"{key}: a range of the sampler {sampler} {needed}")
    kind = _type_of(key)
    if kind not in (int, float):
        raise ParamsError(f"{key}: expected a list of choices: it is no number")
    if kind is int and not (span.low.is_integer() and span.high.is_integer()):
        raise ParamsError(f"{key}: expected whole numbers, received {span.low} and {span.high}")
    return Axis(key, span=span, whole=kind is int)


def _type_of(key: str) -> Any:
    """Return the annotation of a key of params.yaml; None if there is no such key."""
    kind: Any = None
    fields: Any = {name: section for name, section in SECTIONS.items()}
    for name in key.split("."):
        if name not in fields:
            return None
        found = fields[name]
        kind = found if isinstance(found, type) else found.annotation
        inside = isinstance(kind, type) and issubclass(kind, Section)
        fields = kind.model_fields if inside else {}
    return kind


def _refused_values(axis: Axis, base: Tree, root: Path) -> list[str]:
    """List why params.yaml with this axis' values, in place of the base's, would be refused."""
    found: dict[str, None] = {}
    for value in axis.ends():
        tree = with_values(base, dict(leaves(axis.key, value)))
        refused = [key for key, _ in leaves(axis.key, value) if key in _REFUSED]
        found |= dict.fromkeys(f"{key}: can't be searched: {_REFUSED[key]}" for key in refused)
        shown = json.dumps(value)
        found |= dict.fromkeys(f"{axis.key}: with {shown}: {text}" for text in problems(tree, root))
    return list(found)


def _set_twice(axes: list[Axis]) -> list[str]:
    keys = [
        (axis.key, key) for axis in axes
        for key in dict.fromkeys(key for end in axis.ends() for key, _ in leaves(axis.key, end))
    ]  # fmt: skip
    setters: dict[str, list[str]] = {}
    for axis, key in keys:
        setters.setdefault(key, []).append(axis)
    return [f"{key}: set by {' and by '.join(by)}" for key, by in setters.items() if len(by) > 1]


def grid_size(axes: tuple[Axis, ...]) -> int:
    """Return how many combinations a grid has."""
    return math.prod(len(axis.grid()) for axis in axes)

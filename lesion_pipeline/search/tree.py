"""Values of params.yaml by dotted key: set, flattened, checked as stages check them."""

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from lesion_pipeline.consistency import RelatedParams, contradictions
from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.params import load_sections
from lesion_pipeline.schema import SECTIONS

Tree = dict[str, Any]  # params.yaml, or a part of it
Values = dict[str, Any]  # by dotted key, such as train.head.units; no value is a mapping


def leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values: of a mapping those of its keys, of anything else itself."""
    if not isinstance(value, Mapping):
        yield key, value
        return
    for name, inner in value.items():
        yield from leaves(f"{key}.{name}", inner)


def with_values(tree: Tree, values: Values) -> Tree:
    """Return a copy of a tree in which some values are others; a new key is added."""
    changed = copy.deepcopy(tree)
    for key, value in values.items():
        *parents, last = key.split(".")
        place = changed
        for parent in parents:
            inner = place.get(parent)
            place[parent] = place = inner if isinstance(inner, dict) else {}
        place[last] = value
    return changed


def problems(tree: Tree, root: Path) -> list[str]:
    """List what is wrong with a whole params.yaml, as every stage would refuse it.

    Args:
        tree: its content.
        root: the repository, for files that it names.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "params.yaml"
        path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
        try:
            sections = load_sections(SECTIONS, path)
        except ParamsError as error:
            return [line.removeprefix(f"{path}: ") for line in str(error).splitlines()]
    related = RelatedParams(*(sections[name] for name in RelatedParams._fields))  # type: ignore[arg-type]
    return contradictions(related, root)


def as_options(values: Values) -> list[str]:
    """Return the options of `dvc exp run` that set these values: -S, key=value, -S ..."""
    pairs = (f"{key}={in_words(value)}" for key, value in values.items())
    return [part for pair in pairs for part in ("-S", pair)]


def in_words(value: Any) -> str:
    """Return a value as -S takes it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))

"""The next step after an error in a table: which parameters to set."""

import json
import re
from collections.abc import Iterable
from typing import Final

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES

_OPTIONAL: Final = ("dx_type", "age", "sex", "localization")
_PLAIN: Final = re.compile(r"[\w -]+", re.ASCII)  # needs no quotes in YAML
_OPEN: Final = "?"  # for the user to fill in


def columns_hint(missing: Iterable[str]) -> str:
    """Return how to name columns, by our names of those that are missing."""
    options = [
        f"-S fetch.columns.{name}={'null' if name in _OPTIONAL else 'NAME'}" for name in missing
    ]
    lesion = "; lesion_id=image_id treats each image as a lesion"
    return (
        f"{' '.join(options)} (the table's name of the column; null: it has none"
        f"{lesion if 'fetch.columns.lesion_id=NAME' in ' '.join(options) else ''})"
    )


def diagnoses_hint(names: Iterable[str]) -> str:
    """Return how to translate names of diagnoses, with those of ours that are plain to see."""
    pairs = {name: _guess(name) for name in names}
    if all(_PLAIN.fullmatch(name) for name in pairs):
        mapping = ", ".join(f"{name}: {dx}" for name, dx in pairs.items())
        return f"-S 'fetch.diagnoses=\"{{{mapping}}}\"'"  # a text: a mapping would be merged
    mapping = ", ".join(
        f"{json.dumps(name, ensure_ascii=False)}: {dx}" for name, dx in pairs.items()
    )
    return f"in params.yaml, under fetch: diagnoses: {{{mapping}}}"


def _guess(name: str) -> str:
    """Return our name of a diagnosis if theirs is the same, or its description."""
    described = {text: dx for dx, text in DIAGNOSES.items()}
    folded = name.casefold()
    return folded if folded in (*DIAGNOSES, *CLASSES) else described.get(folded, _OPEN)

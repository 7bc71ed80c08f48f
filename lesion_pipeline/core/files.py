"""Writing files so that what is half done can't be taken for whole: beside, then renamed."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lesion_pipeline.core.digits import EXACT, rounded, rounded_content
from lesion_pipeline.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# What a figure's file states beside the picture would change with the day or with a version.
UNDATED: Final[dict[str, dict[str, None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
# Ids in svg from the content, not drawn; fonts in pdf as journals ask for them (TrueType).
FIGURE_STYLE: Final[dict[Any, Any]] = {"svg.hashsalt": "lesion", "pdf.fonttype": 42}

PARTIAL = ".partial"  # ending of what is being written; ignored by git


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target` to write into; it becomes `target` at the end.

    What stood at `target` before is replaced only when the block ends without an error; then it
    is gone. After an error the partial folder is removed and `target` is as it was.
    """
    partial = target.with_name(target.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` to write to; it becomes `target` at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + PARTIAL)
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text with LF line ends."""
    with whole_file(target) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(target: Path, content: Mapping[str, Any]) -> None:
    """Write JSON in the order given, indented, with a final line end; NaN is refused.

    Floats have 6 significant digits, but for those under the key `threshold` (core/digits.py).
    """
    values = rounded_content(content)
    write_text(target, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises DataError naming the file if it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path} not found") from None
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: expected a JSON object, received {type(content).__name__}")
    return content


def write_csv(target: Path, table: "pd.DataFrame") -> None:
    """Write a table without its index.

    Floats have 6 significant digits, but for those of a column `threshold`, which are written in
    the shortest form that reads back the same (core/digits.py).
    """
    values = table.assign(**{str(name): _rounded(table[name]) for name in table if name != EXACT})
    with whole_file(target) as partial:
        values.to_csv(partial, index=False, lineterminator="\n")


def _rounded(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if column.dtype.kind not in "fO":
        return column
    return type(column)([rounded(value) for value in column], column.index, column.dtype)


def write_tables(folder: Path, tables: Mapping[str, "pd.DataFrame"]) -> None:
    """Write each table as <folder>/<name>.csv."""
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table)


def write_figures(
    folder: Path, figures: Mapping[str, "Figure"], kind: str = "png", dpi: int | None = None
) -> None:
    """Write each matplotlib figure as <folder>/<name>.<kind>; equal figures give equal bytes.

    Args:
        folder: where to write.
        figures: by name.
        kind: png, svg or pdf.
        dpi: dots per inch of charts; None: those of each figure. A figure that shows images keeps
            its own, as more would enlarge the file only.
    """
    if not figures:
        return
    from matplotlib import rc_context  # here: a second that stages without pictures don't need

    for name, figure in figures.items():
        with whole_file(folder / f"{name}.{kind}") as partial, rc_context(FIGURE_STYLE):
            images = any(axes.images for axes in figure.axes)
            dots = "figure" if images or dpi is None else dpi
            figure.savefig(partial, format=kind, metadata=UNDATED[kind], dpi=dots)


def read_csv(path: Path, **types: str) -> "pd.DataFrame":
    """Read a table that a stage wrote; `types` fixes the type of columns.

    Raises:
        DataError: the file is missing, empty or lacks a column named in `types`.
    """
    import pandas as pd  # here: half a second that `lesion predict` doesn't need

    try:
        table = pd.read_csv(path, dtype=types)
    except FileNotFoundError:
        raise DataError(f"{path} not found") from None
    except (ValueError, pd.errors.ParserError) as error:
        raise DataError(f"{path} can't be read as a table: {str(error).strip()}") from None
    missing = [column for column in types if column not in table.columns]
    if missing:
        raise DataError(f"{path}: missing column {', '.join(missing)}")
    return table

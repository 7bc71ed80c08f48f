"""Where predictions are written: a file or the terminal, as CSV, JSON lines, JSON or Parquet."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, get_args

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.serve.only_writer import only_writer
from lesion_pipeline.serve.parquet_output import write_parquet
from lesion_pipeline.serve.rows import RowCounts, RowsAfter
from lesion_pipeline.serve.text_output import print_text, text_format, write_text

OutputFormat = Literal["csv", "json", "jsonl", "parquet"]
OUTPUT_FORMATS: Final[tuple[OutputFormat, ...]] = get_args(OutputFormat)


def choose_format(target: Path | None, option: OutputFormat | None) -> OutputFormat:
    """Choose a format: the option, else by the ending of the file; CSV for the terminal.

    Raises:
        PipelineError: the ending is unknown; the target is a folder; Parquet to the terminal, or
            without the package that writes it.
    """
    if target is not None and target.is_dir():
        raise PipelineError(f"--output: expected a file, received the folder {target}")
    if target is not None and target.exists() and not target.is_file():
        raise PipelineError(f"--output: expected a file, received {target}, which is none")
    if option is None:
        option = "csv" if target is None else _by_ending(target)
    if option == "parquet":
        _check_parquet(target)
    return option


def _by_ending(target: Path) -> OutputFormat:
    for name in OUTPUT_FORMATS:
        if target.suffix.lower() == f".{name}":
            return name
    endings = ", ".join(f".{name}" for name in OUTPUT_FORMATS)
    raise PipelineError(f"--output: {target}: expected an ending of {endings}, or --format")


def _check_parquet(target: Path | None) -> None:
    if target is None:
        raise PipelineError("--format parquet: expected --output, received nothing")
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise PipelineError(
            "--format parquet needs the package pyarrow, which isn't installed: pip install pyarrow"
        ) from None


def write_rows(
    target: Path | None, form: OutputFormat, columns: Sequence[str], key: str, rows: RowsAfter
) -> RowCounts:
    """Write rows as they come, to a file or to the terminal.

    Args:
        target: the file; None: the terminal.
        form: the format that `choose_format` returned.
        columns: the names of the columns.
        key: changes with everything that the rows depend on, see `output_key`: an interrupted
            output resumes only under the same key.
        rows: returns the rows that are still to be written.

    Returns:
        The counts of the rows, those of an earlier, interrupted run included.

    Raises:
        PipelineError: another process writes to the file.
    """
    if target is None:
        return print_text(text_format(form, columns), rows)
    with only_writer(target):
        if form == "parquet":
            return write_parquet(target, columns, rows)
        return write_text(target, text_format(form, columns), key, rows)

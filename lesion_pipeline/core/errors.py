"""One family of errors for everything a user can put right."""

from collections.abc import Iterable


class PipelineError(Exception):
    """Something the user can put right; its text names the offender and the remedy."""


class ParamsError(PipelineError):
    """A value in params.yaml is missing, unknown, of a wrong type or out of range."""


class DataError(PipelineError):
    """The images or their table are not what they must be."""


class ModelError(PipelineError):
    """A network or its weights can't be built, found, loaded or trained."""


class BundleError(PipelineError):
    """An exported bundle is missing, incomplete or does not fit."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, or the name of its type if it has none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def listed(items: Iterable[object]) -> str:
    """Join `items` with commas, all of them: whoever has to put them right needs them all."""
    return ", ".join(str(item) for item in items)

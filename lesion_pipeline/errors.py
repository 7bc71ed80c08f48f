"""One family of errors for everything a user can put right."""


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


def listed(items: object, limit: int = 10) -> str:
    """Join `items` with commas, the first `limit` of them, and say how many were left out."""
    texts = [str(item) for item in items]  # type: ignore[attr-defined]
    shown = ", ".join(texts[:limit])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit} more"

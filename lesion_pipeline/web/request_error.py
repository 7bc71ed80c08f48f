"""A request that gets no result: its status, and one sentence for whoever sent it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lesion_pipeline.core.errors import PipelineError

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class RequestError(PipelineError):
    """A request that is answered by an error.

    Attributes:
        status: of HTTP, 400 to 599.
        headers: to be sent with it.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] = _NONE) -> None:
        """Refuse a request; `sentence` contains nothing of what was sent."""
        super().__init__(sentence)
        self.status = status
        self.headers = dict(headers)

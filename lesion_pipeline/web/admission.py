"""Places for the requests that are under way: who finds none is told to come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lesion_pipeline.web.request_error import RequestError

RETRY_AFTER: Final = 1  # seconds; that many images are predicted in far less


class Admission:
    """A bounded number of places, for the event loop's thread alone.

    Attributes:
        under_way: how many are taken.
    """

    def __init__(self, most: int) -> None:
        """Make `most` places, at least 1."""
        self._most = most
        self.under_way = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for the duration of the block.

        Raises:
            RequestError: 429, all are taken.
        """
        if self.under_way >= self._most:
            raise RequestError(
                429,
                f"{self._most} requests are under way already: try again in a moment",
                {"Retry-After": str(RETRY_AFTER)},
            )
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

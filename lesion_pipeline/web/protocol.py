"""HTTP for slow clients: a connection that asks for nothing in time is closed."""

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS: Final = 10.0  # from the connection, or a request's first byte, to its last header


class PunctualProtocol(H11Protocol):
    """uvicorn's protocol, which itself waits for a request's headers for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Wait on if this was a part of a request's headers."""
        if self._idle() and self._deadline is None:
            self._expect()
        super().data_received(data)
        if not self._idle():
            self._forget()

    def connection_lost(self, exc: Exception | None) -> None:
        """End waiting."""
        self._forget()
        super().connection_lost(exc)

    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._late)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self._idle() and not self.transport.is_closing():
            self.transport.abort()

"""What a server takes on: each limit is a setting, and none is without a bound."""

from dataclasses import dataclass

from lesion_pipeline.images import MOST_PIXELS


@dataclass(frozen=True)
class Limits:
    """The most that is taken.

    Attributes:
        bytes: of a request's body, counted while it comes in.
        pixels: of an image, read from its head before it is decoded; at most MOST_PIXELS.
        requests: under way or waiting; one more is refused with 429.
        explanations: likewise, of the slow requests that run the network many times.
        seconds: from a request's first byte to its answer.
    """

    bytes: int = 20 << 20
    pixels: int = MOST_PIXELS
    requests: int = 64
    explanations: int = 4
    seconds: float = 30.0

"""A part of the shards, as a command line names it; read before numpy is (core/kernels.py)."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One of several jobs that share the shards of a stage.

    Attributes:
        index: which one, 1 to `count`.
        count: how many there are.
    """

    index: int
    count: int

    def of(self, items: Sequence[T]) -> list[T]:
        """Return each `count`-th, so that all parts have work of every kind."""
        return list(items[self.index - 1 :: self.count])


def read_part(text: str) -> Part:
    """Read a part as a command line has it, such as `3/8`."""
    found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    if found is None or int(found[1]) > int(found[2]):
        raise argparse.ArgumentTypeError(f"expected i/n with 1 <= i <= n, received {text}")
    return Part(int(found[1]), int(found[2]))

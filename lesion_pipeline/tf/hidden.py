"""Hide packages from an import that can do without them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(*packages: str) -> Iterator[None]:
    """Let `import` of these packages raise ImportError in this block; one that is there stays.

    Args:
        packages: names without a dot.
    """
    names = [name for name in packages if name not in sys.modules]
    for name in names:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's sign for missing
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)

"""How many cores this process may use."""

import os


def cores() -> int:
    """Count the cores of this process; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1

"""Which process works at a trial, so that another takes it over only when that one is gone."""

import os
import socket
from pathlib import Path
from typing import Any


def this_owner() -> dict[str, Any]:
    """Return what names this process on all machines, also after its number is used again."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "start": _start(os.getpid())}


def gone(owner: dict[str, Any]) -> bool:
    """Return whether an owner is certainly dead: it was on this machine and runs no more."""
    if owner.get("host") != socket.gethostname():
        return False
    return _start(int(owner["pid"])) != owner.get("start")


def _start(pid: int) -> str:
    """Return when a process began, in ticks since this machine began; empty: it doesn't run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return ""
    except OSError:  # no such file system: trust the number alone
        return "?"
    return "" if fields[0] in "ZX" else fields[19]

"""What tests write into shards; a module, so that workers can import it."""

import os
import signal
import time
from pathlib import Path

from lesion_pipeline.shards.task import Facts


def write(text: str, target: Path) -> Facts:
    """Write a text."""
    target.write_text(text)
    return {"length": len(text)}


def die_once(mark: Path, text: str, target: Path) -> Facts:
    """Write half of a text and kill the worker, the first time that any task comes here."""
    target.write_text(text[: len(text) // 2])
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return write(text, target)
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def die(text: str, target: Path) -> Facts:
    """Kill the worker each time."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def fail(count: int, mark: Path, text: str, target: Path) -> Facts:
    """Fail as a drive that is away does, the first `count` times; `mark` has a byte for each."""
    with mark.open("a") as file:
        file.write("x")
    target.write_text("half")
    if mark.stat().st_size <= count:
        raise OSError(5, "Input/output error")
    return write(text, target)


def kill_node_once(name: str, mark: Path, text: str, target: Path) -> Facts:
    """Kill the node of this name with all its workers, the first time that a task comes to it.

    On the other node a task waits until that has happened, so that both have tasks.
    """
    target.write_text(text[: len(text) // 2])
    if os.environ["NODE"] == name and not mark.exists():
        mark.touch()
        os.kill(os.getppid(), signal.SIGKILL)  # the node's raylet, which starts the workers
        time.sleep(60)
    deadline = time.monotonic() + 60
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    return write(text, target)

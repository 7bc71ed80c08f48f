"""A finished small project: how a stage is made unfinished, run, and checked to be right."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from lesion_pipeline.core.inputs import md5_of
from lesion_pipeline.revisions.lock import LocalCache, LockedOutput, read_lock
from tests.commands import ENVIRONMENT, run

TORN_RWLOCK = "Unable to read RWLock-file"
TORN_LOCK = re.compile(
    r"dvc\.lock' (validation failed|is invalid)|[Uu]nable to read: '.*dvc\.lock'"
)
PATIENCE = 900  # seconds for a whole run on a busy machine


class BrokenError(Exception):
    """A promise was not kept; says which, and what was printed."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its status (minus the signal, if killed by one) and what it printed."""

    status: int
    printed: str

    def line_with(self, *words: str) -> str:
        """Return the first line that contains one of the words, in whatever case, or nothing."""
        for line in self.printed.splitlines():
            if any(word.lower() in line.lower() for word in words):
                return line.strip()
        return ""


class Project:
    """A repository in which the whole pipeline has run and is committed."""

    def __init__(self, folder: Path) -> None:
        """Take the state of `folder` as the right one."""
        self.folder = folder
        self.torn = 0  # how often DVC had left half a file of its own
        self.right = (folder / "dvc.lock").read_text(encoding="utf-8")
        self.outputs = read_lock(self.right)
        self.stages = list(yaml.safe_load((folder / "dvc.yaml").read_text())["stages"])

    def copy(self, target: Path) -> "Project":
        """Copy it with its cache, files and links as they are."""
        shutil.copytree(self.folder, target, symlinks=True)
        return Project(target)

    def outputs_of(self, stage: str) -> list[LockedOutput]:
        """List what a stage writes."""
        return [output for output in self.outputs.values() if output.stage == stage]

    def unfinish(self, stage: str) -> None:
        """Make a stage stale and remove what it has written, from the cache too.

        Its entry in dvc.lock stays in its place, with another command.
        """
        command = rf"(?m)^(  {stage}:\n    cmd: ).*$"
        lock = re.sub(command, r"\1another", self.right)
        (self.folder / "dvc.lock").write_text(lock, encoding="utf-8")
        shutil.rmtree(self.folder / ".dvc/cache/runs", ignore_errors=True)
        cache = LocalCache(self.folder)
        for output in self.outputs_of(stage):
            for md5 in (*(cache.files(output.md5) or {}).values(), output.md5):
                cache.place(md5).unlink(missing_ok=True)
            remove(self.folder / output.path)

    def start(
        self, *command: str, env: Mapping[str, str] | None = None,
        prepare: Callable[[], None] | None = None, log: Path | None = None,
    ) -> "subprocess.Popen[bytes]":  # fmt: skip
        """Start a command as the head of a new group of processes; it prints to `log`."""
        where = (log or self.log).open("wb")
        return subprocess.Popen(
            command or ("dvc", "repro"), cwd=self.folder, env={**ENVIRONMENT, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=where, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=prepare,
        )  # fmt: skip

    @property
    def log(self) -> Path:
        """Return the file to which commands print, outside of the repository."""
        return self.folder.with_name(self.folder.name + ".log")

    def ended(self, *command: str, **options: object) -> Ended:
        """Run a command to its end."""
        with self.start(*command, **options) as running:  # type: ignore[arg-type]
            status = running.wait(PATIENCE)
        return Ended(status, self.printed())

    def printed(self) -> str:
        """Return what the last command has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stopped(self, stage: str, number: int, delay_s: float, everyone: bool = True) -> Ended:
        """Run `dvc repro` and send a signal some time after a stage has begun.

        Args:
            stage: the stage, unfinished.
            number: the signal.
            delay_s: seconds.
            everyone: the whole group of processes gets it, as from a terminal; else DVC alone.
        """
        with self.start() as running:
            self.wait_for(running, f"Running stage '{stage}'")
            time.sleep(delay_s)
            (os.killpg if everyone else os.kill)(running.pid, number)
            status = running.wait(PATIENCE)
            if everyone and number == signal.SIGKILL:
                end_group(running.pid)
        return Ended(status, self.printed())

    def wait_for(self, running: "subprocess.Popen[bytes]", text: str) -> None:
        """Wait until a running command has printed a text."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.printed():
            if running.poll() is not None or time.monotonic() > deadline:
                raise BrokenError(f"never printed {text!r}:\n{self.printed()}")
            time.sleep(0.01)

    def check(self) -> None:
        """Check that everything is as it was at first, files by their bytes.

        Raises:
            BrokenError: it isn't.
        """
        if (self.folder / "dvc.lock").read_text(encoding="utf-8") != self.right:
            raise BrokenError(f"another dvc.lock:\n{run(self.folder, 'git', 'diff', 'dvc.lock')}")
        wrong = [o.path for o in self.outputs.values() if md5_of(self.folder / o.path) != o.md5]
        left = [str(path) for path in self.folder.rglob("*.partial")]
        unfinished = [str(path) for path in (self.folder / "logs/unfinished").glob("*")]
        changed = run(self.folder, "git", "status", "--porcelain")
        if wrong or left or unfinished or changed:
            raise BrokenError(
                f"other bytes: {wrong}; left: {left + unfinished}; git status: {changed!r}"
            )

    def recover(self) -> Ended:
        """Run `dvc repro` again, as the user is told to, and check.

        DVC writes two files in place. If a kill hits that moment, DVC refuses to run until the file
        is removed or restored, as docs/reliability.md says.
        """
        again = self.ended()
        if again.status != 0 and TORN_RWLOCK in again.printed:
            self.torn += 1
            (self.folder / ".dvc/tmp/rwlock").unlink()
            again = self.ended()
        elif again.status != 0 and TORN_LOCK.search(again.printed):
            self.torn += 1
            run(self.folder, "git", "restore", "dvc.lock")
            again = self.ended()
        if again.status != 0:
            raise BrokenError(f"`dvc repro` failed afterwards:\n{again.printed}")
        self.check()
        return again


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def end_group(group: int) -> None:
    """Wait until no process of a killed group is left."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.01)

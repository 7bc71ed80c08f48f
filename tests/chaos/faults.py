"""Everything else that can go wrong around `dvc repro`, each with the outcome that it must have."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lesion_pipeline.revisions.lock import LocalCache
from tests.chaos.project import BrokenError, Ended, Project, remove
from tests.commands import LESION, run

MIB: Final = 1 << 20
CHEAP_STOP: Final = ("Ctrl-C", "embed")
FAKETIME: Final = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


class SkippedError(Exception):
    """A fault that can't be made here; says why."""


@dataclass(frozen=True)
class Fault:
    """A fault and how it is made.

    Attributes:
        name: what happens.
        try_it: makes it in a project, checks what comes of it and says so in a few words.
        cheap: whether it belongs to the short form.
    """

    name: str
    try_it: Callable[[Project], str]
    cheap: bool = False


def require(condition: bool, promise: str, ended: Ended) -> None:
    """Raise BrokenError with what was printed unless a promise is kept."""
    if not condition:
        raise BrokenError(f"{promise}: status {ended.status}:\n{ended.printed}")


def refused(ended: Ended, *words: str) -> str:
    """Check that a run failed without a traceback of ours, and named the cause."""
    require(ended.status not in (0, None), "expected a failure", ended)
    require("Traceback" not in ended.printed, "expected no traceback", ended)
    told = ended.line_with(*words)
    require(bool(told), f"expected one of {words}", ended)
    return told


def quiet_stop(number: int, stage: str) -> Callable[[Project], str]:
    """A signal to all processes, as from a terminal or a system that shuts down."""

    def try_it(project: Project) -> str:
        project.unfinish(stage)
        ended = project.stopped(stage, number, 2.5)
        require(ended.status != 0, "expected a failure", ended)
        noise = [
            word for word in ("Traceback", "ForkProcess", "SpawnProcess") if word in ended.printed
        ]
        require(not noise, f"expected a quiet end, not {noise}", ended)
        gone(project)
        project.recover()
        return "ends without a traceback; the next run builds the same"

    return try_it


def dvc_alone(project: Project) -> str:
    """DVC is killed, its stage is not, as by the system when memory is short."""
    project.unfinish("embed")
    project.stopped("embed", signal.SIGKILL, 1.5, everyone=False)
    gone(project)
    project.recover()
    return "the stage ends too; the next run builds the same"


def gone(project: Project) -> None:
    """Check that no stage of a project runs on."""
    deadline = time.monotonic() + 30
    while left := running_in(project.folder):
        if time.monotonic() > deadline:
            raise BrokenError(f"runs on without DVC: {left}")
        time.sleep(0.1)


def running_in(folder: Path) -> list[str]:
    """List the command lines of stages that run in a folder (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [command for command in found if "stages." in command]


def two_at_once(project: Project) -> str:
    """A second `dvc repro` while the first runs a stage."""
    project.unfinish("embed")
    other = project.folder.with_name("second.log")
    with project.start() as first:
        project.wait_for(first, "Running stage 'embed'")
        with project.start(log=other) as second:
            status = second.wait()
        require(first.wait() == 0, "the first must not notice", Ended(1, project.printed()))
    ended = Ended(status, other.read_text())
    told = refused(ended, "busy", "lock")
    project.check()
    return f"one builds, the other says: {told[:90]}"


def full_disk(stage: str) -> Callable[[Project], str]:
    """The disk becomes full while a stage writes: a small one in memory holds the whole project."""

    def try_it(project: Project) -> str:
        with small_copy(project, stage) as copied:
            ballast = copied.folder / ".git/ballast"
            fill(ballast, leave=room(project, stage))
            told = refused(copied.ended(), "No space left", "disk", "cache link types")
            ballast.unlink()
            copied.recover()
        return f"says: {told[:90]}; the next run builds the same"

    return try_it


@contextmanager
def small_copy(project: Project, stage: str) -> Iterator[Project]:
    """Copy a project with an unfinished stage to a small disk."""
    used = sum(f.lstat().st_size for f in project.folder.rglob("*") if f.is_file())
    with mounted("tmpfs", "-o", f"size={used // MIB * 2 + 128}m") as disk:
        copied = project.copy(disk / "project")
        copied.unfinish(stage)
        yield copied


@contextmanager
def mounted(kind: str, *options: str) -> Iterator[Path]:
    """Mount a file system for a while; skip if that isn't allowed."""
    place = Path(os.environ["CHAOS_SCRATCH"]) / f"mounted-{time.monotonic_ns()}"
    place.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", kind, *options, kind, str(place)], capture_output=True)
    if done.returncode:
        raise SkippedError("mounting isn't allowed here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def room(project: Project, stage: str) -> int:
    """Return how many bytes to leave: half of what a stage writes, and some for DVC."""
    places = [project.folder / output.path for output in project.outputs_of(stage)]
    files = [file for place in places for file in (place, *place.rglob("*")) if file.is_file()]
    return sum(file.stat().st_size for file in files) // 2 + (32 << 10)


def fill(ballast: Path, leave: int) -> None:
    """Fill a disk with a file but for some bytes."""
    free = shutil.disk_usage(ballast.parent).free
    with ballast.open("wb") as file:
        block = bytes(MIB)
        left = max(free - leave, 0)
        while left > 0:
            left -= file.write(block[:left])


def read_only_cache(project: Project) -> str:
    """DVC's cache can't be written."""
    cache = project.folder / ".dvc/cache"
    project.unfinish("train")
    bind = ["mount", "--bind", str(cache), str(cache)]
    if subprocess.run(bind, capture_output=True).returncode:
        raise SkippedError("mounting isn't allowed here")
    try:
        run(project.folder, "mount", "-o", "remount,bind,ro", str(cache))
        ended = project.ended()
        require(ended.status != 0, "expected a failure", ended)
        require(bool(ended.line_with("read-only")), "expected the cause", ended)
    finally:
        run(project.folder, "umount", "--lazy", str(cache))
    project.recover()
    return f"DVC says: {ended.line_with('read-only')[:90]}; the next run builds the same"


def flipped_bit(project: Project) -> str:
    """A bit of a cached file turns, and its time of last change stays, as on a bad disk."""
    cache = LocalCache(project.folder)
    files = cache.files(project.outputs["data/embeddings"].md5) or {}
    file = cache.place(files[max(files)])
    was = file.stat()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)
    file.chmod(was.st_mode)
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    project.unfinish("train")
    remove(project.folder / "data/embeddings")
    told = refused(project.ended(), "not the bytes that dvc.lock states")
    ended = project.ended(sys.executable, "-c", LESION, "verify", "--fast")
    require(ended.status == 1, "expected `lesion verify --fast` to fail", ended)
    require(f"damaged in the cache ({file})" in ended.printed, "expected the file's name", ended)
    file.unlink()
    remove(project.folder / "data/embeddings")
    project.recover()
    return f"train says: {told[:90]}...; `lesion verify --fast` names the file"


def in_environment(stages: Sequence[str] = (), **variables: str) -> Callable[[Project], str]:
    """Everything again (or some stages) with other variables of the environment."""

    def try_it(project: Project) -> str:
        for stage in stages:
            project.unfinish(stage)
        everything = ("dvc", "repro", "--force", "--no-run-cache")
        ended = project.ended(*(() if stages else everything), env=variables)
        require(ended.status == 0, "expected success", ended)
        project.check()
        return "builds the same"

    return try_it


def turkish(project: Project) -> str:
    """Turkish: the small letter of I isn't i."""
    place = Path(os.environ["CHAOS_SCRATCH"]) / "locales"
    place.mkdir(exist_ok=True)
    make = ["localedef", "-i", "tr_TR", "-f", "UTF-8", str(place / "tr_TR.UTF-8")]
    try:
        done = subprocess.run(make, capture_output=True)
    except FileNotFoundError:
        raise SkippedError("no localedef") from None
    if not (place / "tr_TR.UTF-8").is_dir():
        raise SkippedError(f"tr_TR can't be made: {done.stderr.decode()[:60]}")
    return in_environment(LC_ALL="tr_TR.UTF-8", LOCPATH=str(place))(project)


def without_home(project: Project) -> str:
    """HOME is not set."""
    ended = project.ended("env", "-u", "HOME", "dvc", "repro", "--force", "--no-run-cache")
    require(ended.status == 0, "expected success", ended)
    project.check()
    return "builds the same"


def unwritable_home(project: Project) -> str:
    """HOME can't be written, nor made."""
    return in_environment(HOME="/proc/none")(project)


def last_year(project: Project) -> str:
    """The clock stands a year back."""
    if not Path(FAKETIME).is_file():
        raise SkippedError("libfaketime isn't installed (apt-get install faketime)")
    return in_environment(LD_PRELOAD=FAKETIME, FAKETIME="-1y", FAKETIME_DONT_FAKE_MONOTONIC="1")(
        project
    )


def odd_path(project: Project) -> str:
    """A path with spaces and umlauts."""
    odd = project.folder.with_name("Häute & Größen, ein Versuch")
    project.folder.rename(odd)
    try:
        return in_environment()(Project(odd))
    finally:
        odd.rename(project.folder)


def full_temporary_folder(project: Project) -> str:
    """TMPDIR is full."""
    with mounted("tmpfs", "-o", "size=1m") as disk:
        fill(disk / "ballast", leave=0)
        for stage in ("backbone", "export"):
            project.unfinish(stage)
        ended = project.ended(env={"TMPDIR": str(disk)})
        if ended.status == 0:
            project.check()
            return "builds the same"
        told = refused(ended, "No space left", "temporary")
    project.recover()
    return f"says: {told[:90]}; the next run builds the same"


def short_memory(project: Project) -> str:
    """Less memory than a stage needs: addresses are limited as by `ulimit -v`."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (900 * MIB, 900 * MIB))

    project.unfinish("train")
    ended = project.ended(prepare=limit)
    told = refused(ended, "error: not enough memory")
    project.recover()
    return f"says: {told[:90]}; the next run builds the same"


def two_predictions(project: Project) -> str:
    """Two `lesion predict` with one --output."""
    images = len(list((project.folder / "data/raw/images").iterdir()))
    again = max(1, 2000 // images)  # so that both are at it for some seconds
    folders = ["data/raw/images"] * again
    command = [sys.executable, "-c", LESION, "predict", *folders, "--output"]
    target = project.folder.with_name("predicted.csv")
    logs = [project.folder.with_name(f"predict{number}.log") for number in (1, 2)]
    both = [project.start(*command, str(target), log=log) for log in logs]
    statuses = sorted(process.wait() for process in both)
    printed = "".join(log.read_text() for log in logs)
    ended = Ended(statuses[-1], printed)
    require(statuses == [0, 2], f"expected one to win, received {statuses}", ended)
    require("another process is writing to" in printed, "expected the other to say so", ended)
    rows = len(target.read_text().splitlines())
    require(rows == again * images + 1, "expected one row per image", ended)
    left = [path.name for path in target.parent.glob("predicted.csv.*")]
    require(not left, f"expected nothing left, found {left}", ended)
    return "one writes all rows, the other says that another process is writing"


def faults(stages: Sequence[str]) -> list[Fault]:
    """List all faults; those of a full disk for some stages."""
    stops = [
        Fault(f"{name} during {stage}", quiet_stop(number, stage), (name, stage) == CHEAP_STOP)
        for stage in ("fetch", "embed", "train")
        for name, number in (("Ctrl-C", signal.SIGINT), ("SIGTERM", signal.SIGTERM))
    ]
    disks = [
        Fault(f"disk full in {stage}", full_disk(stage), stage == "preprocess") for stage in stages
    ]
    return [
        *stops,
        Fault("DVC alone killed", dvc_alone),
        Fault("two `dvc repro` at once", two_at_once, cheap=True),
        *disks,
        Fault("read-only cache", read_only_cache),
        Fault("a flipped bit in a cached file", flipped_bit, cheap=True),
        Fault("locale C", in_environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")),
        Fault("locale tr_TR", turkish),
        Fault("a path with spaces and umlauts", odd_path),
        Fault("HOME missing", without_home),
        Fault("HOME unwritable", unwritable_home),
        Fault("clock a year back", last_year),
        Fault("TMPDIR full", full_temporary_folder),
        Fault("memory short in train", short_memory, cheap=True),
        Fault("two `lesion predict` with one --output", two_predictions, cheap=True),
    ]

"""Drive git, DVC and this project's stages as a user does, in a repository made for a test."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.code_deps import ROOT

BIN = Path(sys.executable).parent  # not resolved: a virtual environment's python is a link
# `lesion` without its script, which an editable installation may not have on PATH.
LESION = "from lesion_pipeline.cli import main; raise SystemExit(main())"
ENVIRONMENT = os.environ | {
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "DVC_NO_ANALYTICS": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def run(folder: Path, *command: str, status: int = 0) -> str:
    """Run a program of the environment under test; return what it printed."""
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == status, done.stdout
    return done.stdout


def clone(target: Path) -> Path:
    """Copy the files that git tracks (and would track) into a new repository with one commit."""
    listed = run(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard")
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    run(target, "git", "init", "-q", "-b", "main")
    run(target, "git", "config", "user.name", "test")
    run(target, "git", "config", "user.email", "test@example.org")
    commit(target, "start")
    return target


def commit(folder: Path, message: str) -> None:
    """Commit everything that is not ignored, even if nothing changed."""
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-q", "--allow-empty", "-m", message)


def set_params(folder: Path, values: dict[str, object]) -> None:
    """Set values of params.yaml by dotted name."""
    path = folder / "params.yaml"
    tree = yaml.safe_load(path.read_text())
    for name, value in values.items():
        put(tree, name.split("."), value)
    path.write_text(yaml.safe_dump(tree, sort_keys=False))


def put(tree: dict[str, Any], keys: list[str], value: object) -> None:
    """Set a value in nested mappings."""
    *parents, last = keys
    for parent in parents:
        tree = tree[parent]
    tree[last] = value


def heed_ctrl_c() -> None:
    """Let Ctrl-C reach the programs that are started: a shell's background jobs ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ran(output: str) -> list[str]:
    """List the stages that `dvc repro` printed as run."""
    return re.findall(r"Running stage '(\w+)'", output)


def lock(folder: Path) -> dict[str, object]:
    """Read dvc.lock."""
    return yaml.safe_load((folder / "dvc.lock").read_text())

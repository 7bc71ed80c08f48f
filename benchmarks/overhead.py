"""Time what an experiment costs beside its arithmetic, each way beside the plain one.

    python benchmarks/overhead.py                   # in a project that is up to date
    python benchmarks/overhead.py --rounds 1 --without-dvc

- import: TensorFlow and Keras as lesion_pipeline.tf.load imports them, and by `import keras`;
- inputs: comparing the inputs of the stage export with dvc.lock, by reading them, and again;
- yaml: DVC's reading of dvc.lock in C (ruamel.yaml.clib) and in Python;
- dvc: `dvc repro` of a project that is up to date, and `dvc status`.

The ways take turns in each round; the result is the median of processor time, which other work on
the machine changes less than the time of day, and of the latter.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lesion_pipeline.core.inputs import CHECKED, check_inputs

PYTHON = (sys.executable, "-c")
PLAIN_IMPORT = "import keras, tensorflow"
OUR_IMPORT = "import lesion_pipeline.tf.load"
LOCK = """
import sys
if sys.argv[1] == "plain":
    sys.modules["_ruamel_yaml"] = None
from dvc.utils.serialize import parse_yaml
text = open("dvc.lock").read()
for _ in range(5):
    parse_yaml(text, "dvc.lock")
"""
Times = tuple[float, float]  # processor time and time of day, in seconds


def command(*words: str) -> Times:
    """Run a command, quietly."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(words, check=True, capture_output=True, env=environment)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def inputs(again: bool) -> Times:
    """Compare the inputs of export, with or without what was compared before."""
    if not again:
        CHECKED.unlink(missing_ok=True)
    cpu, wall = time.process_time(), time.perf_counter()
    check_inputs("export")
    return time.process_time() - cpu, time.perf_counter() - wall


def dvc() -> str:
    """Return the path of DVC's command."""
    return shutil.which("dvc") or str(Path(sys.executable).with_name("dvc"))


def ways(with_dvc: bool) -> dict[str, dict[str, Callable[[], Times]]]:
    """Return what is timed: by subject, ours and the plain way."""
    found: dict[str, dict[str, Callable[[], Times]]] = {
        "import": {
            "plain": lambda: command(*PYTHON, PLAIN_IMPORT),
            "ours": lambda: command(*PYTHON, OUR_IMPORT),
        },
        "inputs": {"plain": lambda: inputs(False), "ours": lambda: inputs(True)},
    }
    if with_dvc:
        found["yaml"] = {
            "plain": lambda: command(*PYTHON, LOCK, "plain"),
            "ours": lambda: command(*PYTHON, LOCK, "ours"),
        }
        found["dvc"] = {
            "plain": lambda: command(dvc(), "status", "-q"),
            "ours": lambda: command(dvc(), "repro", "-q"),
        }
    return found


def main() -> None:
    """Print one row per subject; of `dvc`, status is the plain way and repro ours."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-dvc", action="store_true", help="leave out yaml and dvc")
    parsed = parser.parse_args()
    if not parsed.without_dvc and subprocess.run([dvc(), "status", "-q"]).returncode:
        sys.exit("the project isn't up to date, and `dvc repro` would run stages: run it first")
    timed = ways(not parsed.without_dvc)
    times: dict[str, dict[str, list[Times]]] = {
        subject: {way: [] for way in both} for subject, both in timed.items()
    }
    for _ in range(parsed.rounds):
        for subject, both in timed.items():
            for way, measure in both.items():
                times[subject][way].append(measure())
    print("| | plain: processor, s | s | ours: processor, s | s | ours / plain, processor |")
    print("|---|---|---|---|---|---|")
    for subject, found in times.items():
        (plain, wall), (ours, our_wall) = (
            map(statistics.median, zip(*found[way], strict=True)) for way in ("plain", "ours")
        )
        figures = (plain, wall, ours, our_wall, ours / max(plain, 1e-9))
        print(f"| {subject} |" + "".join(f" {value:.2f} |" for value in figures))


if __name__ == "__main__":
    main()

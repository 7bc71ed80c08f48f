"""Run the pieces on other processors and numbers of cores, and print what differs.

    python -m tests.portability.other_processors                  # all of them: about an hour
    python -m tests.portability.other_processors --on "1 core" --pieces head update
    python -m tests.portability.other_processors --on Haswell     # needs `apt install qemu-user`

qemu computes reciprocals and their square roots exactly, so whatever rests on a processor's
approximation comes out different; and it has no AVX-512, so what only AVX-512 changes does, too.
Under EPYC, the first Zen, LiteRT takes other kernels for convolutions: what rests on them differs.
TensorFlow takes a minute to start there. Exits with 1 if anything differs from expected.json.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.portability.pieces import EXPECTED, read

PIECES: Final = "tests.portability.pieces"
# By name the command that Python is run by.
MACHINES: Final = {
    "1 core": ("taskset", "-c", "0"),
    "2 cores": ("taskset", "-c", "0,1"),
    "Haswell": ("qemu-x86_64", "-cpu", "Haswell"),
    "EPYC": ("qemu-x86_64", "-cpu", "EPYC"),
}


def run(machine: str, pieces: list[str]) -> dict[str, str]:
    """Return the hashes of the pieces there.

    qemu runs the interpreter itself, not a virtual environment's link to it, which would not find
    its packages: they are named in PYTHONPATH.
    """
    python = str(Path(sys.executable).resolve())
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [*MACHINES[machine], python, "-m", PIECES, *pieces],
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        print(f"{machine}: ended with {done.returncode}; what follows is all that it came to")
    return read(done.stdout)


def main() -> None:
    """Print, for each machine, the pieces that differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", action="append", choices=MACHINES, help="default: all")
    parser.add_argument("--pieces", nargs="+", default=[], help="default: all")
    parsed = parser.parse_args()
    expected, differs = json.loads(EXPECTED.read_text()), False
    for machine in parsed.on or MACHINES:
        if not shutil.which(MACHINES[machine][0]):
            print(f"{machine}: not tried, {MACHINES[machine][0]} is not installed")
            continue
        found = run(machine, parsed.pieces)
        names = [name for name, hashed in found.items() if expected.get(name) != hashed]
        differs |= bool(names)
        print(
            f"{machine}: {len(found)} pieces, {len(names)} differ", *names, sep="\n    ", flush=True
        )
    sys.exit(int(differs))


if __name__ == "__main__":
    main()

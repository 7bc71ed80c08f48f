"""Run the pipeline as an experiment and measure each stage: wall time, busy cores, memory.

    python benchmarks/stages.py -S fetch.source=local -S fetch.path=/absolute/path/to/ham10000

All arguments go to `dvc exp run`. The operating system measures each stage's process (wait4);
memory is the peak resident set, data mapped from files included.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

SHIM = """#!{python}
import json, os, sys, time
start = time.monotonic()
pid = os.spawnv(os.P_NOWAIT, {python!r}, [{python!r}, *sys.argv[1:]])
_, status, usage = os.wait4(pid, 0)
row = dict(stage=sys.argv[-1], wall=time.monotonic() - start,
           cpu=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss)
print(json.dumps(row), file=open({log!r}, "a"))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def main() -> int:
    """Run, print a table, return DVC's exit status."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log, shim = folder / "log", folder / "python"
        shim.write_text(SHIM.format(python=sys.executable, log=str(log)))
        shim.chmod(0o755)
        command = ["dvc", "exp", "run", *sys.argv[1:]]
        paths = [name, str(Path(sys.executable).parent), os.environ["PATH"]]
        status = subprocess.run(
            command, env=os.environ | {"PATH": os.pathsep.join(paths)}
        ).returncode
        lines = log.read_text().splitlines() if log.exists() else []
    rows = [json.loads(line) for line in lines]
    print(f"\n`{shlex.join(command)}`\n\n| stage | wall, s | busy cores | peak memory, MiB |")
    print("|---|---|---|---|")
    for row in rows:
        cores = row["cpu"] / row["wall"]
        stage = row["stage"].removeprefix("stages.")
        print(f"| {stage} | {row['wall']:.1f} | {cores:.2f} | {row['memory'] / 1024:.0f} |")
    print(f"| all | {sum(row['wall'] for row in rows):.1f} | | |")
    return status


if __name__ == "__main__":
    sys.exit(main())

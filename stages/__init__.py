"""One thin module per stage of dvc.yaml: load, read, compute, write, summarise.

The package chooses the kernels, because it runs before a stage imports numpy or TensorFlow.
"""

from pathlib import Path

import yaml

from lesion_pipeline import kernels


def wanted(path: Path = Path("params.yaml")) -> kernels.Kernels:
    """Return `model.kernels` of params.yaml; what is wrong with the file, `run_stage` reports."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))["model"]["kernels"]
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError):
        return "portable"
    return "native" if found == "native" else "portable"


kernels.choose(wanted())

"""The one place that makes kernels the same on every x86-64 processor with AVX2.

Libraries choose kernels by instruction set and by the number of cores, and so add up in another
order. They read what is set here when they are imported: choose first, import then.
"""

import os
import sys
from pathlib import Path
from typing import Final, Literal

import yaml

from lesion_pipeline.core.errors import PipelineError

# portable: the same bytes on every x86-64 processor with AVX2. native: what is quickest here.
Kernels = Literal["portable", "native"]

_READERS: Final = ("numpy", "tensorflow")
_SETTING: Final = {
    "TF_ENABLE_ONEDNN_OPTS": "0",  # its operations differ with AVX-512
    "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "false",  # oneDNN's sgemm, likewise
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # for whatever still asks oneDNN
    "OPENBLAS_CORETYPE": "Haswell",  # of numpy and scipy
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "2",  # sums of gradients are split by threads, not by cores
    "TF_NUM_INTEROP_THREADS": "2",
}
_FLAGS: Final = "XLA_FLAGS"
_XLA: Final = "--xla_cpu_max_isa"


def choose(kernels: Kernels) -> None:
    """Set the environment of this process and its children, before numpy and TensorFlow.

    Doing it again changes nothing, so a process may choose what its parent chose. `native` sets
    nothing; it takes back what `portable` set in a parent.

    Raises:
        PipelineError: a library that reads the environment at import is there already, and the
            environment was another one.
    """
    differing = _differing(kernels)
    imported = [name for name in _READERS if name in sys.modules]
    if differing and imported:
        raise PipelineError(
            f"kernels: {kernels} must be chosen before the import of {' and '.join(imported)}; "
            f"the environment differs in {', '.join(differing)}"
        )
    for name, value in differing.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


def choose_for_project(params: Path = Path("params.yaml")) -> None:
    """Choose `model.kernels` of params.yaml; what is wrong with the file, `run_stage` reports."""
    try:
        found = yaml.safe_load(params.read_text(encoding="utf-8"))["model"]["kernels"]
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError):
        found = None
    choose("native" if found == "native" else "portable")


def chosen() -> Kernels:
    """Return the kernels that this process's environment asks for."""
    return "native" if _differing("portable") else "portable"


def environment() -> dict[str, str]:
    """Return the variables of `portable`; XLA's flag stands behind others that are there."""
    return _SETTING | {_FLAGS: " ".join([*_other_flags(), f"{_XLA}=AVX2"])}


def _differing(kernels: Kernels) -> dict[str, str | None]:
    """Return the variables to be changed and their new values; None: to be removed."""
    portable = environment()
    differing = {name: value for name, value in portable.items() if os.environ.get(name) != value}
    if kernels == "portable":
        return dict(differing)
    if differing:  # the environment isn't that of `portable`, so nothing in it is ours
        return {}
    return dict.fromkeys(portable, None) | {_FLAGS: " ".join(_other_flags()) or None}


def _other_flags() -> list[str]:
    return [flag for flag in os.environ.get(_FLAGS, "").split() if not flag.startswith(_XLA)]

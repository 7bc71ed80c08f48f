"""The environment is set before the imports, or it is said that it is too late."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lesion_pipeline.core.kernels import chosen, environment
from tests.code_deps import ROOT

CHOOSE = "from lesion_pipeline.core.kernels import choose; choose('{}')"
PORTABLE, NATIVE = CHOOSE.format("portable"), CHOOSE.format("native")
SHOW = (
    "import os; print({name: os.environ.get(name) for name in ('XLA_FLAGS', 'OPENBLAS_CORETYPE')})"
)


def run(code: str, folder: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=kept | env, capture_output=True, text=True
    )


def test_the_tests_run_with_portable_kernels() -> None:
    assert chosen() == "portable"
    assert environment().items() <= os.environ.items()


def test_portable_adds_to_the_flags_of_xla_that_are_there() -> None:
    code = f"{PORTABLE}; {PORTABLE}; {SHOW}"
    said = run(code, XLA_FLAGS="--xla_dump_to=x --xla_cpu_max_isa=AVX512")
    flags = "--xla_dump_to=x --xla_cpu_max_isa=AVX2"
    assert said.stdout == f"{{'XLA_FLAGS': '{flags}', 'OPENBLAS_CORETYPE': 'Haswell'}}\n"


def test_native_sets_nothing() -> None:
    said = run(f"{NATIVE}; {SHOW}", OPENBLAS_CORETYPE="Zen")
    assert said.stdout == "{'XLA_FLAGS': None, 'OPENBLAS_CORETYPE': 'Zen'}\n"


def test_native_takes_back_what_a_parent_set_as_portable() -> None:
    said = run(f"{PORTABLE}; {NATIVE}; {SHOW}", XLA_FLAGS="--xla_dump_to=x")
    assert said.stdout == "{'XLA_FLAGS': '--xla_dump_to=x', 'OPENBLAS_CORETYPE': None}\n"
    assert run(f"{PORTABLE}; {NATIVE}; {SHOW}").stdout == (
        "{'XLA_FLAGS': None, 'OPENBLAS_CORETYPE': None}\n"
    )


def test_what_is_chosen_is_known_from_the_environment() -> None:
    show = "from lesion_pipeline.core.kernels import chosen; print(chosen())"
    assert run(show).stdout == "native\n"
    assert run(f"{PORTABLE}; {show}").stdout == "portable\n"


def test_choosing_imports_neither_numpy_nor_tensorflow() -> None:
    said = run(f"import sys; {PORTABLE}; print({{'numpy', 'tensorflow'}} & set(sys.modules))")
    assert said.stdout == "set()\n"


def test_choosing_after_the_import_is_refused() -> None:
    said = run(f"import numpy; {PORTABLE}")
    assert said.returncode == 1
    assert "portable must be chosen before the import of numpy" in said.stderr


@pytest.mark.parametrize("again", ["import numpy", "pass"])
def test_a_process_may_choose_what_its_parent_chose(again: str) -> None:
    assert run(f"{again}; {PORTABLE}", **environment()).returncode == 0


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ("model:\n  kernels: native\n", "native"),
        ("model:\n  kernels: portable\n", "portable"),
        ("model:\n  kernels: quick\n", "portable"),
        ("model:\n  arch: vgg16\n", "portable"),
        ("model: [", "portable"),
        ("7", "portable"),
        (None, "portable"),
    ],
)
def test_a_stage_takes_the_kernels_of_params_yaml(
    params: str | None, wanted: str, tmp_path: Path
) -> None:
    if params is not None:
        (tmp_path / "params.yaml").write_text(params)
    said = run(
        "import stages; from lesion_pipeline.core.kernels import chosen; print(chosen())", tmp_path
    )
    assert said.stdout == f"{wanted}\n", said.stderr

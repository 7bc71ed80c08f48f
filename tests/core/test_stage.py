"""How a stage ends."""

import subprocess
import sys

import pytest

from lesion_pipeline.core.errors import DataError, ParamsError, listed
from lesion_pipeline.core.stage import run_stage


@pytest.mark.parametrize(
    "error",
    [ParamsError("model.arch: unknown"), DataError("no images"), PermissionError(13, "denied")],
)
def test_what_a_user_can_put_right_ends_with_its_text(error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        run_stage(fail)
    assert ended.value.code == f"error: {error}"


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run_stage(fail)


def test_a_stage_without_an_error_ends_quietly() -> None:
    done: list[int] = []
    run_stage(lambda: done.append(1))
    assert done == [1]


def test_a_shell_sees_one_line_and_a_status() -> None:
    code = (
        "from lesion_pipeline.core.stage import run_stage\n"
        "from lesion_pipeline.core.errors import DataError\n"
        "def main(): raise DataError('no images')\n"
        "run_stage(main)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "error: no images\n")


def test_a_list_of_offenders_is_whole() -> None:
    assert listed([1, 2, 3]) == "1, 2, 3"
    assert listed(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
    assert listed([]) == ""

"""The environment and the arguments say how shards are made."""

import os
import subprocess
import sys

import pytest

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.shards.chosen import EXECUTOR, chosen_execution
from lesion_pipeline.shards.execution import Part, on_threads
from lesion_pipeline.shards.ray_tasks import on_ray
from tests.code_deps import ROOT


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EXECUTOR, raising=False)


def test_without_a_word_threads_make_all() -> None:
    execution = chosen_execution([])
    assert execution.part is None
    assert execution.executor.func is on_threads  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "wanted"), [("threads", on_threads), ("ray", on_ray)])
def test_the_environment_names_the_executor(
    name: str, wanted: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EXECUTOR, name)
    assert chosen_execution([]).executor.func is wanted  # type: ignore[attr-defined]


def test_the_executor_changes_no_key_of_finished_shards() -> None:
    """In processes of their own, as the key has the code that is loaded."""
    script = (
        "from lesion_pipeline.shards.chosen import chosen_execution\n"
        "from lesion_pipeline.resume import resume_key\n"
        "chosen_execution([])\n"
        "print(resume_key([], ()))"
    )
    keys = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=os.environ | {EXECUTOR: name},
            capture_output=True, text=True, check=True,
        ).stdout
        for name in ("threads", "ray")
    }  # fmt: skip
    assert len(keys) == 1


def test_another_executor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXECUTOR, "spark")
    with pytest.raises(PipelineError) as error:
        chosen_execution([])
    assert str(error.value) == "LESION_EXECUTOR: expected threads or ray, received spark"


@pytest.mark.parametrize("arguments", [["--shard", "3/8"], ["--shard=3/8"]])
def test_an_argument_names_the_part(arguments: list[str]) -> None:
    assert chosen_execution(arguments).part == Part(3, 8)


@pytest.mark.parametrize("text", ["0/8", "9/8", "1/0", "1", "1/2/3", "-1/2", "a/b", ""])
def test_a_part_that_isnt_one_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        chosen_execution([f"--shard={text}"])
    assert end.value.code == 2
    assert f"expected i/n with 1 <= i <= n, received {text}" in capsys.readouterr().err

import shutil
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.web.wasm_runtime import FILES, runtime_files


@pytest.mark.slow
def test_it_has_what_a_browser_needs(runtime_archive: Path) -> None:
    found = runtime_files(runtime_archive)
    assert tuple(found) == FILES
    assert found["ort-wasm-simd-threaded.wasm"].startswith(b"\0asm")


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tgz"
    with pytest.raises(PipelineError, match=r"other\.tgz: No such file"):
        runtime_files(other)
    other.write_bytes(b"something else")
    with pytest.raises(PipelineError, match=r"other\.tgz isn't onnxruntime-web 1\.30\.0: its SHA"):
        runtime_files(other)


def test_without_npm_it_tells_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PipelineError, match="npm isn't installed: make onnxruntime-web-1"):
        runtime_files()


def test_an_error_of_npm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!{shutil.which('sh')}\necho 'npm error network' >&2; exit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PipelineError, match=r"could not fetch onnxruntime-web 1\.30\.0: npm error"):
        runtime_files()

from pathlib import Path

from lesion_pipeline.search.data_paths import DataPaths


def test_folders_of_a_repository() -> None:
    paths = DataPaths(Path("a"), Path("b"), Path("c")).below(Path("/top"))
    assert paths == DataPaths(Path("/top/a"), Path("/top/b"), Path("/top/c"))

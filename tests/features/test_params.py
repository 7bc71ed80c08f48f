"""Where the ids of vectors stand."""

from pathlib import Path

from lesion_pipeline.features.params import ids_beside


def test_ids_of_a_file_stand_beside_it() -> None:
    assert ids_beside(Path("some.folder/made.v2.npy")) == Path("some.folder/made.v2.txt")

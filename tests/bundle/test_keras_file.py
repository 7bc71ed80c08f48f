import hashlib
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.bundle.keras_file import load, write
from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.networks.archive import load_network
from tests.tiny import SIZE

IMAGES = np.random.default_rng(0).integers(0, 256, (19, SIZE, SIZE, 3), dtype=np.uint8)


def exported(model: object, file: Path | None) -> ExportedNetwork:
    return ExportedNetwork(model, file, None, "squash", lambda: IMAGES)


def test_an_unchanged_network_is_copied_and_another_is_saved(
    bundle_folder: Path, tmp_path: Path
) -> None:
    file = bundle_folder / "model.keras"
    write(exported(None, file), tmp_path / "copied.keras")
    assert (tmp_path / "copied.keras").read_bytes() == file.read_bytes()
    for name in ("saved", "again"):
        write(exported(load_network(file), None), tmp_path / f"{name}.keras")
    saved, again = (
        hashlib.sha256((tmp_path / f"{name}.keras").read_bytes()).digest()
        for name in ("saved", "again")
    )
    assert saved == again
    expected = load(file)(IMAGES)
    np.testing.assert_array_equal(load(tmp_path / "saved.keras")(IMAGES), expected)
    assert expected.shape == (19, 1) and expected.dtype == np.float32


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not found"):
        load(tmp_path / "none.keras")

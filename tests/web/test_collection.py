import io
from pathlib import Path

import numpy as np
from PIL import Image

from lesion_pipeline.web.collection import THUMBNAIL, ShownCollection


def test_pictures_are_those_of_the_index_alone(
    index_file: Path, bundle_of_diagnoses: Path, pictures: Path
) -> None:
    shown = ShownCollection.load(index_file, bundle_of_diagnoses, pictures)
    assert set(shown.pictures) == set(shown.index.image_ids)
    assert len(shown.pictures) < len(list(pictures.iterdir()))
    for stranger in ("../split", "val_00", ""):
        assert shown.thumbnail(stranger) is None
    with Image.open(io.BytesIO(shown.thumbnail(shown.index.image_ids[0]) or b"")) as small:
        assert small.format == "JPEG" and max(small.size) <= THUMBNAIL


def test_without_a_folder_there_are_no_pictures(
    index_file: Path, bundle_of_diagnoses: Path
) -> None:
    shown = ShownCollection.load(index_file, bundle_of_diagnoses, None)
    assert shown.pictures == {}
    assert len(shown.nearest(np.zeros((1, 64, 64, 3), np.uint8), 3)) == 3

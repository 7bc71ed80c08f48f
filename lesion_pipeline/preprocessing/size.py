"""How much disk the records will take, before they are written."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.images import image_files, read_image
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.records.tfrecords import to_record

SAMPLED: Final = 32  # images, evenly over the table; they take a tenth of a second
FRAME: Final = 16  # bytes around each record in a TFRecord file: its length, two checksums
ROW: Final = 50  # bytes of an image in the index, about


def records_bytes(table: pd.DataFrame, images: Path, params: PreprocessParams) -> int:
    """Return about how many bytes `preprocess` will write; 0 if no image can be decoded.

    Some images are decoded and encoded for this. Of raw records every image takes the same, but
    for the length of its ids; of others the mean of these images is taken for all.

    Args:
        table: one row per image: image_id, lesion_id, dx, label.
        images: folder with <image_id>.<suffix>.
        params: size, resize mode, encoding.
    """
    files = image_files(images)
    places = np.linspace(0, len(table) - 1, min(SAMPLED, len(table))).astype(int)
    sizes = []
    for row in table.iloc[places].to_dict("records"):
        name = str(row["image_id"])
        with suppress(DataError):  # `preprocess` names the images that can't be decoded
            image = read_image(files.get(name, Path(name)), params.image_size, params.resize)
            record = to_record(image, {str(key): row[key] for key in row}, params.encoding)
            sizes.append(len(record) + FRAME + ROW)
    return round(float(np.mean(sizes)) * len(table)) if sizes else 0

"""Write a network in the formats that are asked for, byte-stable."""

from functools import partial
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.params import FormatParams
from lesion_pipeline.core.errors import ModelError, first_line
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.tta import average_copies
from lesion_pipeline.networks.archive import as_function, load_network
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import freeze


def convert(file: Path, tta: Copies, records: Records, folder: Path, params: FormatParams) -> None:
    """Write a network into an existing folder, a file (or folder) for each format.

    Args:
        file: the network as .keras, from uint8 RGB (images, size, size, 3) to probabilities.
        tta: copies of each image that the written network averages.
        records: the collection; int8 is calibrated on training images.
        folder: where to.
        params: which formats, and how int8 is calibrated.

    Raises:
        ModelError: a format needs a package that isn't installed, or can't be written; names it.
    """
    model = average_copies(load_network(file), tta)
    # Both are kept until the graph is frozen: a function refers to its variables weakly.
    whole = folded(model)
    call = as_function(whole)
    network = ExportedNetwork(
        model=model,
        file=file if tta == 1 else None,
        graph=freeze(call.get_concrete_function()),
        resize=records.manifest.resize,
        examples=partial(training_sample, records, params.calibration_images, params.seed),
    )
    for name in params.formats:
        try:
            FORMATS[name].module().write(network, folder / FORMATS[name].file)
        except ImportError as error:
            raise ModelError(
                f"export.formats: {name} needs a package that isn't installed ({error.name}): "
                "pip install -r requirements-onnx.txt"
            ) from None
        except Exception as error:  # the converters have no error type in common
            reason = first_line(error)
            raise ModelError(f"export.formats: {name} can't be written: {reason}") from error


def training_sample(records: Records, count: int, seed: int) -> NDArray[np.uint8]:
    """Draw training images, each with the same probability, in the order of the records.

    Args:
        records: the collection.
        count: how many; all if there are fewer.
        seed: of the draw.

    Returns:
        uint8 (images, size, size, 3), 0 to 255.
    """
    drawn = np.zeros(len(records.index("train")), bool)
    drawn[np.random.default_rng(seed).permutation(len(drawn))[:count]] = True
    return np.stack(list(compress(records.images("train").as_numpy_iterator(), drawn)))

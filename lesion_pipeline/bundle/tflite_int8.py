"""The format `tflite_int8`: whole numbers throughout, a quarter of the size."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.bundle.tflite import converter, load

__all__ = ["load", "write"]


def write(network: ExportedNetwork, target: Path) -> None:
    """Write the network in integers, whose ranges the network's examples set."""
    from lesion_pipeline.tf.load import tf

    def examples() -> Iterator[list[NDArray[np.uint8]]]:
        for image in network.examples():
            yield [image[None]]

    integers = converter(network)
    integers.optimizations = [tf.lite.Optimize.DEFAULT]
    integers.representative_dataset = examples
    integers.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    target.write_bytes(integers.convert())

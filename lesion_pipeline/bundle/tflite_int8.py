"""The format `tflite_int8`: layers in whole numbers, a quarter of the size.

Means and deviations of the maps stay in float32. In whole numbers LiteRT has only plain loops for
them, which take longer than all convolutions, and deviations lose digits. So does what brings
features of very different sizes to one scale, if the head reads components of them: of its factors
whole numbers would keep the largest only.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.bundle.tflite import converter, load
from lesion_pipeline.networks.outputs import STANDARDISED
from lesion_pipeline.tf.stderr import silent_stderr

__all__ = ["load", "write"]

_IN_FLOAT: Final = ["MEAN", "SQUARED_DIFFERENCE", "SQRT"]  # operations of LiteRT
_LAYER_IN_FLOAT: Final = f"/{STANDARDISED}"  # part of the names of the operations of a layer


def write(network: ExportedNetwork, target: Path) -> None:
    """Write the network in integers, whose ranges the network's examples set, but for pooling."""
    from lesion_pipeline.tf.load import tf

    def examples() -> Iterator[list[NDArray[np.uint8]]]:
        for image in network.examples():
            yield [image[None]]

    integers = converter(network)
    integers.optimizations = [tf.lite.Optimize.DEFAULT]
    integers.representative_dataset = examples
    # TensorFlow's way to leave operations out of quantisation; nothing is debugged.
    operations = [each.name for each in network.graph.graph.get_operations()]
    options = tf.lite.experimental.QuantizationDebugOptions(
        denylisted_ops=_IN_FLOAT,
        denylisted_nodes=[name for name in operations if _LAYER_IN_FLOAT in name],
    )
    with silent_stderr():  # LiteRT announces that it uses the CPU
        quantised = tf.lite.experimental.QuantizationDebugger(
            converter=integers, debug_options=options
        )
    target.write_bytes(quantised.get_nondebug_quantized_model())

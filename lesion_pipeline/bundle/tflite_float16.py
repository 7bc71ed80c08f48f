"""The format `tflite_float16`: weights of 16 bits, half the size."""

from pathlib import Path

from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.bundle.tflite import converter, load

__all__ = ["load", "write"]


def write(network: ExportedNetwork, target: Path) -> None:
    """Write the network with weights of 16 bits."""
    from lesion_pipeline.tf.load import tf

    half = converter(network)
    half.optimizations = [tf.lite.Optimize.DEFAULT]
    half.target_spec.supported_types = [tf.float16]
    target.write_bytes(half.convert())

"""The one module that imports TensorFlow; a light stage never imports it.

TensorFlow reads its log level when it is imported, and its first lines (CUDA, oneDNN, CPU
instructions) ignore even that: so the level is set here and the import runs with a silenced
standard error. An import that fails still raises.

With portable kernels the cache sizes that Eigen reads from the processor are pinned as well, which
no environment variable reaches.
"""

import os
import platform
import sys

from lesion_pipeline.core import kernels
from lesion_pipeline.tf.eigen_caches import pin_caches
from lesion_pipeline.tf.stderr import silent_stderr

_NO_MEMORY = ("failed to map segment", "cannot allocate memory")  # texts of the loader

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with silent_stderr():
        import keras
        import tensorflow as tf
        from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
        from tensorflow.python.framework.convert_to_constants import (
            convert_variables_to_constants_v2 as freeze,
        )

        # Of several trainings in one process each has graphs of its own, which is no mistake.
        tf.get_logger().addFilter(lambda record: "function retracing" not in record.getMessage())
        # Elsewhere portable kernels promise nothing.
        here = (sys.platform, platform.machine())
        if kernels.chosen() == "portable" and here == ("linux", "x86_64"):
            pin_caches(tf)
except ImportError as error:
    if not any(text in str(error).lower() for text in _NO_MEMORY):
        raise
    sys.exit(f"error: not enough memory to load TensorFlow: {error}")

__all__ = ["SavedModel", "deterministic", "freeze", "keras", "tf"]


def deterministic(seed: int) -> None:
    """Seed Python, numpy and TensorFlow, and choose deterministic kernels (about 10 % slower)."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()

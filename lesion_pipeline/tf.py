"""The one door through which TensorFlow comes in; a light stage never opens it.

TensorFlow reads its log level when it is imported, and its first lines (CUDA, oneDNN, CPU
instructions) ignore even that: so the level is set here and the import runs with a silenced
standard error. An import that fails still raises.
"""

import os

from lesion_pipeline.stderr import silent_stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with silent_stderr():
    import keras
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2 as freeze,
    )

__all__ = ["deterministic", "freeze", "keras", "tf"]


def deterministic(seed: int) -> None:
    """Seed Python, numpy and TensorFlow, and choose deterministic kernels (about 10 % slower)."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()

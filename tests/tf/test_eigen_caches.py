"""Eigen's cache sizes are found in TensorFlow's memory, and pinned."""

import ctypes
import hashlib

import numpy as np
import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.tf import eigen_caches
from lesion_pipeline.tf.eigen_caches import PORTABLE, pin_caches, processor_caches
from lesion_pipeline.tf.load import tf

OTHERS = [(32768, 1048576, 335544320), (32768, 262144, 8388608)]  # of Zen 4, of Haswell


def product() -> str:
    """A hash of a product whose blocks depend on the sizes."""
    generator = np.random.default_rng(0)
    one, other = (generator.normal(size=s).astype(np.float32) for s in ((64, 512), (512, 6176)))
    return hashlib.sha256(tf.linalg.matmul(one, other).numpy().tobytes()).hexdigest()


def test_with_portable_kernels_the_import_of_tensorflow_pins_the_sizes() -> None:
    assert len(eigen_caches._found(PORTABLE)) == 1


def test_sizes_decide_a_product_and_pinning_ends_that(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned, (place,) = product(), eigen_caches._found(PORTABLE)
    for sizes in OTHERS:
        (ctypes.c_int64 * 3).from_address(place)[:] = list(sizes)
        monkeypatch.setattr(eigen_caches, "processor_caches", lambda tf, sizes=sizes: sizes)
        other = product()
        pin_caches(tf)
        assert product() == pinned != other


def test_the_processor_has_caches_that_grow_with_their_level() -> None:
    first, second, third = processor_caches(tf)
    assert 0 < first <= second <= third


def test_another_build_of_tensorflow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eigen_caches, "_found", lambda sizes: [])
    with pytest.raises(ModelError, match="found 0: it is not the TensorFlow of"):
        pin_caches(tf)

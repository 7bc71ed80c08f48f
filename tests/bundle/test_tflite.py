from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.tflite import load
from tests.tiny import SIZE

IMAGES = np.random.default_rng(0).integers(0, 256, (9, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.mark.slow
def test_calls_at_the_same_time_do_not_disturb_each_other(many_formats: Path) -> None:
    run = load(many_formats / "model.tflite")
    expected = run(IMAGES)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda n: run(IMAGES[: n + 1]), range(9)))
    for number, outputs in enumerate(parts):
        np.testing.assert_allclose(outputs, expected[: number + 1], atol=1e-6)


@pytest.mark.slow
def test_after_an_error_the_interpreters_are_still_there(many_formats: Path) -> None:
    run = load(many_formats / "model.tflite")
    for _ in range(8):  # more often than there are interpreters
        with pytest.raises(RuntimeError, match="resize dimension 1"):
            run(IMAGES[:, :9])
    assert run(IMAGES).shape == (9, 7)

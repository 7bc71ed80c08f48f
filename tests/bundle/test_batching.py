import numpy as np
import pytest

from lesion_pipeline.bundle.batching import in_batches

IMAGES = np.arange(7, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_come_back_in_order(workers: int) -> None:
    sizes = []

    def run(images: np.ndarray) -> np.ndarray:
        sizes.append(len(images))
        return images.mean(axis=(1, 2, 3), dtype=np.float32)[:, None]

    outputs = in_batches(run, batch=3, workers=workers)(IMAGES)
    assert sorted(sizes) == [1, 3, 3]
    assert outputs.ravel().tolist() == list(range(7))
    assert outputs.dtype == np.float32

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.serve.tta import average_copies

Images = NDArray[np.uint8]
Outputs = NDArray[np.float32]
GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
WEIGHTS = GENERATOR.normal(size=(8, 8, 3)).astype(np.float32)
TURNS = {  # of (8, 8, 3); transposing a mirrored image rotates it
    4: [lambda x: x, lambda x: x[::-1], lambda x: x[:, ::-1], lambda x: x[::-1, ::-1]],
}
TURNS[8] = TURNS[4] + [lambda x, turn=turn: turn(x).transpose(1, 0, 2) for turn in TURNS[4]]


def network(images: Images) -> Outputs:
    """Return something that differs for each mirrored or transposed copy."""
    return (images * WEIGHTS).mean(axis=(1, 2, 3))[:, None].astype(np.float32)


@pytest.mark.parametrize("copies", [4, 8])
def test_the_mean_of_all_copies(copies: int) -> None:
    each = [network(np.stack([turn(image) for image in IMAGES])) for turn in TURNS[copies]]
    assert len({float(outputs[0, 0]) for outputs in each}) == copies
    outputs = average_copies(network, copies)(IMAGES)
    assert outputs.shape == (3, 1) and outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, np.mean(each, axis=0), rtol=1e-5)


@pytest.mark.parametrize(
    ("copies", "built_in", "calls"), [(1, 1, 1), (4, 4, 1), (4, 8, 1), (8, 4, 2)]
)
def test_copies_that_the_network_averages_itself_are_not_averaged_again(
    copies: int, built_in: int, calls: int
) -> None:
    seen = []

    def counting(images: Images) -> Outputs:
        seen.append(images)
        return average_copies(network, built_in)(images)

    outputs = average_copies(counting, copies, built_in)(IMAGES)
    assert len(seen) == calls
    np.testing.assert_allclose(
        outputs, average_copies(network, max(copies, built_in))(IMAGES), rtol=1e-5
    )

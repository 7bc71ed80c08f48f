import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.serve.tta import average_views

Images = NDArray[np.uint8]
Said = NDArray[np.float32]
GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
WEIGHTS = GENERATOR.normal(size=(8, 8, 3)).astype(np.float32)
TURNS = {  # of (8, 8, 3); a mirrored image that is transposed is a turned one
    4: [lambda x: x, lambda x: x[::-1], lambda x: x[:, ::-1], lambda x: x[::-1, ::-1]],
}
TURNS[8] = TURNS[4] + [lambda x, turn=turn: turn(x).transpose(1, 0, 2) for turn in TURNS[4]]


def network(images: Images) -> Said:
    """Say something that differs for each mirrored and turned copy."""
    return (images * WEIGHTS).mean(axis=(1, 2, 3))[:, None].astype(np.float32)


@pytest.mark.parametrize("views", [4, 8])
def test_the_mean_of_all_views(views: int) -> None:
    each = [network(np.stack([turn(image) for image in IMAGES])) for turn in TURNS[views]]
    assert len({float(said[0, 0]) for said in each}) == views
    said = average_views(network, views)(IMAGES)
    assert said.shape == (3, 1) and said.dtype == np.float32
    np.testing.assert_allclose(said, np.mean(each, axis=0), rtol=1e-5)


@pytest.mark.parametrize(("views", "own", "calls"), [(1, 1, 1), (4, 4, 1), (4, 8, 1), (8, 4, 2)])
def test_views_that_the_network_averages_itself_are_not_averaged_again(
    views: int, own: int, calls: int
) -> None:
    seen = []

    def counting(images: Images) -> Said:
        seen.append(images)
        return average_views(network, own)(images)

    said = average_views(counting, views, own)(IMAGES)
    assert len(seen) == calls
    np.testing.assert_allclose(said, average_views(network, max(views, own))(IMAGES), rtol=1e-5)

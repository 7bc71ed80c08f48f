"""Frozen part and trained part, put together again."""

import numpy as np
import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.features.cut import actual_cut, features_after, frozen_maps, trained_part
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import Cut, Features
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.head import build_head
from tests import tiny

IMAGES = np.random.default_rng(0).integers(0, 256, (2, tiny.SIZE, tiny.SIZE, 3), dtype=np.uint8)


def under_a_head(backbone: Network, cut: Cut, features: Features) -> keras.Model:
    vector = features_after(backbone, cut, features)
    head = build_head(vector.shape[-1], tiny.TRAIN.head, "diagnosis")
    return keras.Model(backbone.model.input, head(vector))


@pytest.mark.parametrize(("cut", "features"), [(4, "multilevel"), (16, "last")])
def test_both_parts_are_the_whole(lite0: Network, cut: int, features: Features) -> None:
    whole = under_a_head(lite0, cut, features)
    left = frozen_maps(lite0, cut, features)(IMAGES, training=False)
    part = trained_part(whole, lite0, cut)
    wanted = whole(IMAGES, training=False).numpy()
    np.testing.assert_allclose(part(left, training=False), wanted, atol=1e-6)
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3


@pytest.mark.parametrize(("features", "count"), [("multilevel", 17), ("last", 1)])
def test_at_the_top_the_frozen_part_ends_in_the_maps_that_are_pooled(
    lite0: Network, features: Features, count: int
) -> None:
    ends = frozen_maps(lite0, "top", features).outputs
    names = lite0.manifest.stages[-count:]
    assert len(ends) == count
    assert all(
        end is lite0.model.get_layer(name).output for end, name in zip(ends, names, strict=True)
    )


def test_with_the_cut_at_the_input_the_trained_part_is_the_whole(lite0: Network) -> None:
    whole = under_a_head(lite0, "input", "multilevel")
    assert trained_part(whole, lite0, "input") is whole
    assert whole.get_layer("features").output.shape == (None, 2 * 3088)


def test_the_trained_part_has_the_layers_of_the_whole(lite0: Network) -> None:
    whole = under_a_head(lite0, 4, "multilevel")
    part, frozen = trained_part(whole, lite0, 4), frozen_maps(lite0, 4, "multilevel")
    shared = {id(weight) for weight in whole.weights}
    assert {id(weight) for weight in part.weights} <= shared
    assert len(part.weights) + len(frozen.weights) == len(whole.weights)
    assert 0 < len(part.weights) < len(whole.weights)


def test_features_are_those_from_the_cut_on(lite0: Network) -> None:
    stages = lite0.manifest.stages
    for cut in (1, 4, len(stages) - 1):
        maps = [lite0.model.get_layer(name).output for name in stages[cut - 1 :]]
        channels = sum(x.shape[-1] for x in maps)
        assert features_after(lite0, cut, "multilevel").shape == (None, 2 * channels)
        (end,) = frozen_maps(lite0, cut, "multilevel").outputs
        assert end is lite0.model.get_layer(stages[cut - 1]).output


@pytest.mark.parametrize("cut", ["top", "input", 1, 16])
def test_a_cut_that_is_there_is_taken(lite0: Network, cut: Cut) -> None:
    assert actual_cut(lite0, cut) == cut


@pytest.mark.parametrize("cut", [17, 40])
def test_a_stage_that_is_not_there_is_refused(lite0: Network, cut: int) -> None:
    wanted = (
        r"^embed\.cut: expected top, input, or a stage of efficientnet_lite0 below its last, "
        rf"1 to 16, received {cut}$"
    )
    with pytest.raises(ModelError, match=wanted):
        actual_cut(lite0, cut)


def test_a_network_without_trained_weights_is_trained_from_the_input_on() -> None:
    backbone = tiny.make_backbone("simple_cnn")
    cuts: list[Cut] = ["top", "input", 1, 3]
    assert [actual_cut(backbone, cut) for cut in cuts] == ["input"] * 4
    with pytest.raises(ModelError, match="a stage of simple_cnn below its last, 1 to 3"):
        actual_cut(backbone, 4)

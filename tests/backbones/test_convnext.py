"""ConvNeXt-Tiny; test_backbone.py compares it with the network of Keras."""

import numpy as np

from lesion_pipeline.backbones import convnext
from lesion_pipeline.tf.load import keras


def model(size: int = 64) -> keras.Model:
    image = keras.Input((size, size, 3))
    return keras.Model(image, convnext.build(image))


def test_it_has_the_parameters_of_the_paper_s_network_without_its_classifier() -> None:
    classifier = 768 * 1000 + 1000
    assert model().count_params() == 28_589_128 - classifier  # 28.6 million


def test_names_do_not_depend_on_networks_built_before() -> None:
    one, other = ([layer.name for layer in model().layers[1:]] for _ in range(2))
    assert one == other


def test_stages_are_maps_of_blocks_ever_smaller() -> None:
    network, stages = model(), convnext.stage_outputs()
    assert len(stages) == sum(convnext.DEPTHS) and stages[-1] == convnext.NORM
    sides = [network.get_layer(name).output.shape[1] for name in stages]
    assert sides == 3 * [16] + 3 * [8] + 9 * [4] + 3 * [2]
    assert network.output is network.get_layer(convnext.NORM).output


def test_a_new_network_s_blocks_are_nearly_the_identity() -> None:
    network = model()
    ends = [network.get_layer(f"stage_0_block_{n}_add").output for n in (0, 2)]
    x = np.random.default_rng(0).normal(size=(1, 64, 64, 3)).astype(np.float32)
    first, last = keras.Model(network.input, ends)(x)
    assert 0 < np.abs(last - first).max() < 1e-4

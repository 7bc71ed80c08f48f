import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.explanation.explain import GradCamAndSaliency, _clearest, explain
from lesion_pipeline.inference.params import ExplainParams
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.networks.outputs import LAST, Target, output_names
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.params import HeadParams
from tests import tiny


def looking_at(row: int, column: int, target: Target = "binary") -> TrainedNetwork:
    """A network whose output depends on the brightness of one pixel of an 8x8 image alone."""
    image = keras.Input((8, 8, 3), dtype="uint8", name="image")
    scaled = keras.layers.Rescaling(1 / 255, name="scale")(image)
    summed = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones", name="map")(
        scaled
    )
    flat = keras.layers.Flatten(name="features")(summed)
    params = HeadParams(units=(), dropout=(0.0,), batch_norm_momentum=0.9)
    head = build_head(64, params, target)
    model = keras.Model(image, head(flat))
    output = head.get_layer(LAST)
    kernel = np.zeros(output.kernel.shape, np.float32)
    place = output_names(target).index("malignant" if target == "binary" else "mel")
    kernel[row * 8 + column, place] = 1
    output.kernel.assign(kernel)
    return TrainedNetwork(model, tiny.make_manifest(target=target, stages=("map",)))


@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_saliency_finds_the_pixel_that_matters(target: Target) -> None:
    image = np.full((8, 8, 3), 128, np.uint8)
    _, (saliency,) = GradCamAndSaliency(looking_at(2, 5, target))(image[None])
    wanted = np.zeros((8, 8))
    wanted[2, 5] = 1
    np.testing.assert_allclose(saliency, wanted, atol=1e-6)


@pytest.mark.parametrize("bias", [-40.0, 40.0])
def test_a_probability_next_to_0_or_1_is_explained_too(bias: float) -> None:
    network = looking_at(2, 5)
    network.model.get_layer("head").get_layer(LAST).bias.assign([bias])
    _, (saliency,) = GradCamAndSaliency(network)(np.full((1, 8, 8, 3), 128, np.uint8))
    assert saliency[2, 5] == 1


def test_grad_cam_follows_the_map_s_activation() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    image[4, 4] = 255
    (cam,), _ = GradCamAndSaliency(looking_at(2, 5))(image[None])
    assert np.unravel_index(cam.argmax(), cam.shape) == (4, 4)
    assert cam.max() == 1 and (cam >= 0).all()


def test_grad_cam_leaves_out_what_speaks_against_malignancy() -> None:
    network = looking_at(2, 5)
    kernel = network.model.get_layer("head").get_layer(LAST).kernel
    kernel.assign(-kernel)  # the brighter, the less malignant
    (cam,), (saliency,) = GradCamAndSaliency(network)(np.full((1, 8, 8, 3), 128, np.uint8))
    assert (cam == 0).all() and saliency[2, 5] == 1


def test_images_side_by_side_do_not_touch_each_other() -> None:
    images = np.random.default_rng(1).integers(0, 256, (3, 8, 8, 3)).astype(np.uint8)
    images[1] = 0  # no evidence for malignancy
    maps = GradCamAndSaliency(looking_at(2, 5))
    together, alone = maps(images), [maps(image[None]) for image in images]
    for place in (0, 1):
        apart = np.concatenate([pair[place] for pair in alone])
        np.testing.assert_allclose(together[place], apart, atol=1e-6)


TEST = pd.DataFrame(
    {
        "image_id": list("abcdefg"),
        "lesion_id": ["1", "2", "3", "4", "5", "6", "2"],
        "dx": ["mel", "mel", "mel", "nv", "nv", "nv", "mel"],
        "label": [1, 1, 1, 0, 0, 0, 1],
        "probability": [0.9, 0.95, 0.1, 0.8, 0.2, 0.05, 0.93],  # the last is the second's lesion
    }
)


@pytest.mark.parametrize(
    ("case", "rows"),
    [
        ("true_positive", [1, 0]),
        ("false_negative", [2]),
        ("false_positive", [3]),
        ("true_negative", [5, 4]),
    ],
)
def test_the_clearest_come_first_each_of_another_lesion(case: str, rows: list[int]) -> None:
    assert _clearest(TEST, 0.5, case, 2) == rows


def test_a_figure_for_each_case_that_occurs(records: Records) -> None:
    network = tiny.make_untrained(tiny.make_small_backbone())
    test = records.index("test").assign(probability=[0.9] * 6 + [0.8] * 6)
    figures = explain(network, records, test, 0.5, ExplainParams(examples=2))
    assert sorted(figures) == ["false_positive", "true_positive"]  # all are called malignant
    assert len(figures["true_positive"].axes) == 2 * 3

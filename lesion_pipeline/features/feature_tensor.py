"""From a headless network to the features that the head sees."""

from collections.abc import Sequence
from typing import Any, Final

from lesion_pipeline.features.components import COMPONENTS, ComponentMap
from lesion_pipeline.networks.outputs import STANDARDISED
from lesion_pipeline.networks.params import Features
from lesion_pipeline.tf.load import keras

SMALLEST_VARIANCE: Final = 1e-6


def feature_tensor(backbone: Any, stages: Sequence[str], features: Features) -> Any:
    """Pool a network's feature maps into one vector per image.

    Args:
        backbone: a Keras model that ends in a feature map.
        stages: names of its layers that `multilevel` pools.
        features: `last`: mean over the last map, the classical choice. `multilevel`: mean and
            standard deviation over the map of every stage, concatenated: colour and texture in
            the shallow stages tell as much about a lesion as the shapes in the deep ones.

    Returns:
        Keras tensor (batch, dims), float32.
    """
    if features == "last":
        return keras.layers.GlobalAveragePooling2D(name="features")(backbone.output)
    maps = [backbone.get_layer(name).output for name in stages]
    pooled = [pool(x) for x in maps for pool in (_mean, _deviation)]
    return keras.layers.Concatenate(name="features")(pooled)


def component_tensor(features: Any, components: ComponentMap) -> Any:
    """Return the components of features, a Keras tensor (batch, components), float32.

    The layers that compute them, STANDARDISED and COMPONENTS, are never trained.
    """
    factor, offset = components.factor.tolist(), components.offset.tolist()
    standardised = keras.layers.Rescaling(factor, offset, name=STANDARDISED)(features)
    layer = keras.layers.Dense(
        components.count,
        use_bias=False,
        kernel_initializer="zeros",
        trainable=False,
        name=COMPONENTS,
    )
    found = layer(standardised)
    layer.set_weights([components.axes])
    return found


def _mean(x: Any) -> Any:
    return keras.ops.mean(x, axis=(1, 2))


def _deviation(x: Any) -> Any:
    # The square root of 0, the deviation of a dead channel, has no finite gradient.
    return keras.ops.sqrt(keras.ops.var(x, axis=(1, 2)) + SMALLEST_VARIANCE)

"""ConvNeXt-Tiny out of built-in Keras layers; its weights are those of keras.applications.

Keras' own network has a grouped convolution that TensorFlow computes on a CPU by XLA alone,
networks inside the network, and operations whose names depend on what was built before. Here the
layers have Keras' names, order and weights, up to axes of length 1.
"""

from typing import Any, Final

from lesion_pipeline.tf.load import keras

DEPTHS: Final = (3, 3, 9, 3)  # blocks by stage (Liu and others 2022, arXiv:2201.03545)
CHANNELS: Final = (96, 192, 384, 768)
NORM: Final = "norm"  # the layer normalisation behind the last block
_EPSILON: Final = 1e-6
_FIRST_SCALE: Final = 1e-6  # of each block's output: a new network begins as nearly the identity


def stage_outputs() -> tuple[str, ...]:
    """Return the names of the layers with each block's output, the last one normalised."""
    blocks = [_block_name(stage, block) for stage, n in enumerate(DEPTHS) for block in range(n)]
    return (*(f"{name}_add" for name in blocks[:-1]), NORM)


def build(inputs: Any) -> Any:
    """Build ConvNeXt-Tiny on `inputs`, with random weights.

    Args:
        inputs: Keras tensor (batch, height, width, 3), scaled to ImageNet's mean and deviation.

    Returns:
        Keras tensor: the last feature map (batch, height / 32, width / 32, 768), rounded down.
    """
    x = keras.layers.Conv2D(CHANNELS[0], 4, strides=4, name="stem_conv")(inputs)
    x = _normalised(x, "stem_layernorm")
    for stage, (depth, channels) in enumerate(zip(DEPTHS, CHANNELS, strict=True)):
        if stage:
            x = _normalised(x, f"downsampling_layernorm_{stage - 1}")
            name = f"downsampling_conv_{stage - 1}"
            x = keras.layers.Conv2D(channels, 2, strides=2, name=name)(x)
        for block in range(depth):
            x = _block(x, channels, _block_name(stage, block))
    return _normalised(x, NORM)


def _block(inputs: Any, channels: int, name: str) -> Any:
    layers = keras.layers
    x = layers.DepthwiseConv2D(7, padding="same", name=f"{name}_depthwise_conv")(inputs)
    x = _normalised(x, f"{name}_layernorm")
    x = layers.Dense(4 * channels, name=f"{name}_pointwise_conv_1")(x)
    x = layers.Activation("gelu", name=f"{name}_gelu")(x)
    x = layers.Dense(channels, name=f"{name}_pointwise_conv_2")(x)
    # Keras' LayerScale, which is no built-in layer: each channel times a factor.
    scale = layers.DepthwiseConv2D(
        1,
        use_bias=False,
        depthwise_initializer=keras.initializers.Constant(_FIRST_SCALE),
        name=f"{name}_layer_scale",
    )
    return layers.Add(name=f"{name}_add")([inputs, scale(x)])


def _normalised(x: Any, name: str) -> Any:
    return keras.layers.LayerNormalization(epsilon=_EPSILON, name=name)(x)


def _block_name(stage: int, block: int) -> str:
    return f"stage_{stage}_block_{block}"

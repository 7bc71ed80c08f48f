"""The operations of numpy, scipy, Pillow, TensorFlow, XLA and LiteRT that the project rests on.

Their hashes were the same on an AMD Zen 3 (AVX2 only) and on an Intel Emerald Rapids (AVX-512), so
a difference here is one of the library or of the setting, not of the project's code.
"""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.linear_model import LogisticRegression

from tests.portability.hashing import digest, floats, integers


def numpy_blocks() -> Iterator[tuple[str, str]]:
    """Yield name and hash of sums, products and random numbers."""
    unit = integers(200_000, 1).astype(np.float64) / 2**32
    table = unit.reshape(400, 500)
    yield "np.sqrt64", digest(np.sqrt(unit + 0.1))
    yield "np.sum", digest(table.sum(0), table.sum(1))
    yield "np.std", digest(table.std(1))
    square = unit[:90_000].reshape(300, 300)
    yield "np.matmul64", digest(square @ square.T)
    yield "np.matmul32", digest(square.astype(np.float32) @ square.T.astype(np.float32))
    yield "np.einsum", digest(np.einsum("ij,kj->ik", square, square))
    for name, draw in (
        ("normal", lambda rng: rng.normal(size=10_000)),
        ("gamma", lambda rng: rng.gamma(2.0, size=10_000)),
        ("beta", lambda rng: rng.beta(2, 3, size=10_000)),
    ):
        yield f"rng.{name}", digest(draw(np.random.default_rng(1)))


def scipy_blocks() -> Iterator[tuple[str, str]]:
    """Yield name and hash of filters and of a logistic regression."""
    square = (integers(200_000, 1).astype(np.float64) / 2**32)[:90_000].reshape(300, 300)
    grid = np.mgrid[0:299:150j, 0:299:150j]
    yield "scipy.gaussian", digest(ndimage.gaussian_filter(square, 3.0))
    yield "scipy.edt", digest(ndimage.distance_transform_edt(square > 0.5))
    yield "scipy.map", digest(ndimage.map_coordinates(square, grid, order=1))
    yield "scipy.spline", digest(ndimage.map_coordinates(square, grid, order=3))
    labels = (integers(400, 5) % 2).astype(int)
    features = (integers(400 * 20, 6).astype(np.float64) / 2**32).reshape(400, 20)
    model = LogisticRegression(max_iter=200).fit(features, labels)
    yield "sk.logreg", digest(model.coef_)


def pillow_blocks() -> Iterator[tuple[str, str]]:
    """Yield name and hash of a JPEG, and of what is read from it."""
    noise = (integers(600 * 450 * 3, 2) % 256).astype(np.uint8).reshape(450, 600, 3)
    small = Image.fromarray(noise).resize((60, 45), Image.Resampling.BOX)
    file = io.BytesIO()
    small.resize((600, 450), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    image, draft = Image.open(file), Image.open(io.BytesIO(file.getvalue()))
    draft.draft("RGB", (224, 224))
    yield "pil.jpeg", digest(file.getvalue())
    yield "pil.decode", digest(np.array(image))
    yield "pil.resize", digest(np.array(image.resize((224, 224), Image.Resampling.BICUBIC)))
    yield "pil.draft", digest(np.array(draft))


def tensorflow_blocks() -> Iterator[tuple[str, str]]:
    """Yield name and hash of operations and of their gradients."""
    from lesion_pipeline.tf.load import tf

    positive = tf.constant(floats(2, 1003, 7, low=0.01, high=9))
    maps = tf.constant(floats(3, 4, 28, 28, 24, low=-2, high=2))
    quotient = tf.constant(floats(1, 1003, 7, low=-4, high=4))
    for name, function in _unary(tf, quotient).items():
        value, gradient = _with_gradient(tf, function)(positive)
        yield f"tf.{name}", digest(value)
        yield f"tf.{name}.grad", digest(gradient)
    for name, function in _convolutions(tf).items():
        value, gradient = _with_gradient(tf, function)(maps)
        yield f"tf.{name}", digest(value)
        yield f"tf.{name}.grad", digest(gradient)
    yield from _products(tf)
    yield "tf.dropout", digest(tf.nn.experimental.stateless_dropout(quotient, 0.3, (1, 2)))
    normal = tf.random.stateless_normal((999,), (3, 4))
    yield "tf.rng", digest(normal, tf.random.stateless_uniform((999,), (3, 4)))


def _unary(tf: Any, quotient: Any) -> dict[str, Callable[[Any], Any]]:
    def shares(v: Any) -> Any:
        return tf.exp(v) / tf.reduce_sum(tf.exp(v), -1, keepdims=True)

    return {
        "exp": tf.exp,
        "sqrt": tf.sqrt,
        "square": tf.square,
        "sigmoid": tf.sigmoid,
        "relu6": tf.nn.relu6,
        "v/max(sqrt)": lambda v: quotient / tf.maximum(tf.sqrt(v), 1e-30),
        "exp/sum": shares,
    }


def _convolutions(tf: Any) -> dict[str, Callable[[Any], Any]]:
    one, three = floats(7, 1, 1, 24, 40), floats(8, 3, 3, 24, 40)
    deep = floats(9, 5, 5, 24, 1)
    return {
        "conv1x1": lambda v: tf.nn.conv2d(v, one, 1, "SAME"),
        "conv3x3": lambda v: tf.nn.conv2d(v, three, 1, "SAME"),
        "conv3x3s2": lambda v: tf.nn.conv2d(v, three, 2, "SAME"),
        "depthwise": lambda v: tf.nn.depthwise_conv2d(v, deep, [1, 1, 1, 1], "SAME"),
        "depthwise_s2": lambda v: tf.nn.depthwise_conv2d(v, deep, [1, 2, 2, 1], "SAME"),
        "maxpool": lambda v: tf.nn.max_pool2d(v, 3, 2, "SAME"),
        "mean(1, 2)": lambda v: tf.reduce_mean(v, (1, 2)),
        "std(1, 2)": lambda v: tf.math.reduce_std(v, (1, 2)),
    }


def _products(tf: Any) -> Iterator[tuple[str, str]]:
    left, right = tf.constant(floats(10, 64, 6176)), tf.constant(floats(11, 6176, 512))
    yield "tf.matmul", digest(tf.function(lambda: tf.matmul(left, right))())
    transposed = tf.function(lambda: tf.matmul(left, left, transpose_a=True)[:64])
    yield "tf.matmul.T", digest(transposed())
    truth = tf.one_hot(integers(1003, 13) % 7, 7)
    logits = tf.constant(floats(1, 1003, 7, low=-4, high=4))
    entropy = tf.nn.softmax_cross_entropy_with_logits
    value, gradient = _with_gradient(tf, lambda v: entropy(truth, v))(logits)
    yield "tf.xent", digest(value)
    yield "tf.xent.grad", digest(gradient)


def _with_gradient(tf: Any, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @tf.function
    def both(v: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(v)
            value = function(v)
            loss = tf.reduce_sum(value * value)
        return value, tape.gradient(loss, v)

    return both  # type: ignore[no-any-return]


def optimizer_blocks() -> Iterator[tuple[str, str]]:
    """Yield name and hash of AdamW, compiled by XLA and not."""
    from lesion_pipeline.tf.load import keras, tf

    for compiled in (False, True):
        optimizer = keras.optimizers.AdamW(learning_rate=1e-2)
        weight = keras.Variable(floats(14, 64, 33))
        optimizer.build([weight])
        step = tf.function(partial(_update, optimizer, weight), jit_compile=compiled)
        for _ in range(3):
            step()
        yield f"keras.AdamW.{'xla' if compiled else 'tf'}", digest(weight.numpy())


def _update(optimizer: Any, weight: Any) -> None:
    from lesion_pipeline.tf.load import tf

    optimizer.apply([tf.constant(floats(15, 64, 33))], [weight])


BLOCKS = {
    "numpy": numpy_blocks,
    "scipy": scipy_blocks,
    "pillow": pillow_blocks,
    "tensorflow": tensorflow_blocks,
    "optimizer": optimizer_blocks,
}

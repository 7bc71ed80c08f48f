"""The format `saved_model`: for TensorFlow's servers, images as arrays or as bytes of files."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from lesion_pipeline.bundle.batching import Runtime
from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.images import Resize
from lesion_pipeline.tf.load import SavedModel, tf

OUTPUT: Final = "probabilities"
SCALES: Final = (1, 2, 4, 8)  # at which 1 / scale a JPEG can be decoded for less time


def write(network: ExportedNetwork, target: Path) -> None:
    """Write a SavedModel into the folder `target`, byte-stable.

    Its signatures: `serving_default` takes `image`, uint8 RGB (images, size, size, 3); `encoded`
    takes `content`, strings (images,), the bytes of JPEG or PNG files, which it decodes as
    `decoded` does. Both return `probabilities`, float32 (images, outputs).

    Weights are constants of the graph: then the variables' checkpoint, whose bytes differ from
    run to run, is empty. fingerprint.pb, of which a part is drawn at random, is left out; nothing
    needs it to load the rest. Functions are numbered from 0: TensorFlow numbers them by a counter
    of the whole process, so that their names, and their order, depend on all that ran before.
    """
    graph, resize = network.graph, network.resize
    shape = graph.inputs[0].shape
    size = int(shape[1])

    def from_images(image: Any) -> dict[str, Any]:
        return {OUTPUT: graph(image)[0]}

    def from_files(content: Any) -> dict[str, Any]:
        square = tf.TensorSpec((size, size, 3), "uint8")
        decode = partial(decoded, size=size, resize=resize)
        return {OUTPUT: graph(tf.map_fn(decode, content, fn_output_signature=square))[0]}

    images = tf.TensorSpec(shape, "uint8", name="image")
    files = tf.TensorSpec([None], "string", name="content")
    module = tf.Module()
    module.from_images = tf.function(from_images, input_signature=[images])
    module.from_files = tf.function(from_files, input_signature=[files])
    signatures = {"serving_default": module.from_images, "encoded": module.from_files}
    # No gradients of operations such as swish, which TensorFlow can't save with frozen weights.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, target, signatures=signatures, options=options)
    (target / "fingerprint.pb").unlink()
    _number_functions(target / "saved_model.pb")


def load(path: Path) -> Runtime:
    """Load what `write` wrote; return the function of `serving_default`.

    Only for files of our own: the graph of a SavedModel can read and write other files.
    """
    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    return lambda images: np.asarray(signature(image=tf.constant(images))[OUTPUT])


def decoded(content: Any, size: int, resize: Resize) -> Any:
    """Decode an image by TensorFlow's operations as `read_image` does by Pillow's.

    What stays different: Pillow computes in whole numbers, so a value may differ by 1; a rotation
    noted in EXIF data is ignored; images that aren't RGB are converted instead of refused; and
    none is refused for its size.

    Args:
        content: string tensor (), the bytes of a JPEG or PNG file.
        size: side of the result in pixels.
        resize: as in `read_image`.

    Returns:
        uint8 tensor (size, size, 3), 0 to 255.
    """
    image = tf.cond(
        tf.io.is_jpeg(content),
        lambda: _decoded_jpeg(content, size),
        lambda: tf.io.decode_png(content, channels=3),
    )
    scale, shift = _placed(tf.cast(tf.shape(image)[:2], tf.float32), float(size), resize)
    rows = _resampled(image, [tf.shape(image)[0], size], [1, scale[1]], [0, shift[1]])
    square = _resampled(rows, [size, size], [scale[0], 1], [shift[0], 0])
    return tf.ensure_shape(square, (size, size, 3))


def _resampled(image: Any, size: list[Any], scale: list[Any], shift: list[Any]) -> Any:
    """Resample by the bicubic kernel (a = -1/2), widened where it shrinks; rounded as in Pillow,
    which does rows and columns one after the other.
    """
    resampled = tf.raw_ops.ScaleAndTranslate(
        images=tf.cast(image, tf.float32)[None], size=size, scale=scale, translation=shift,
        kernel_type="keyscubic", antialias=True,
    )[0]  # fmt: skip
    return tf.saturate_cast(tf.floor(resampled + 0.5), tf.uint8)


def _decoded_jpeg(content: Any, size: int) -> Any:
    """Decode at the smallest scale that leaves both sides at least `size`, as Pillow's draft."""
    shortest = tf.reduce_min(tf.io.extract_jpeg_shape(content)[:2])
    choice = tf.searchsorted(SCALES, [tf.maximum(shortest // size, 1)], side="right")[0] - 1
    # libjpeg's default method, which Pillow uses; TensorFlow's own default is the fast one.
    branches = [
        lambda scale=scale: tf.io.decode_jpeg(
            content, channels=3, ratio=scale, dct_method="INTEGER_ACCURATE"
        )
        for scale in SCALES
    ]
    return tf.switch_case(choice, branches)


def _placed(shape: Any, size: float, resize: Resize) -> tuple[Any, Any]:
    """Return scale and shift in pixels, (height, width) each, from an image to its square."""
    if resize == "crop":
        scale = size / tf.reduce_min(shape)
        return tf.fill([2], scale), (size - shape * scale) / 2
    if resize == "pad":
        filled = tf.round(shape * size / tf.reduce_max(shape))
        return filled / shape, tf.round((size - filled) / 2)
    return size / shape, tf.zeros([2])


def _number_functions(path: Path) -> None:
    """Name the functions of a saved_model.pb by a number of their own, and sort them by name."""
    model = SavedModel.FromString(path.read_bytes())
    library = model.meta_graphs[0].graph_def.library
    numbered = [name.rpartition("_") for name in (each.signature.name for each in library.function)]
    in_order = sorted((int(number), stem) for stem, _, number in numbered)
    names = {f"{stem}_{old}": f"{stem}_{new}" for new, (old, stem) in enumerate(in_order)}
    any_name = re.compile(rf"({'|'.join(map(re.escape, names))})(?!\d)")
    _rename(model, lambda text: any_name.sub(lambda found: names[found[0]], text))
    library.function.sort(key=lambda each: each.signature.name)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _rename(message: Any, renamed: Callable[[str], str]) -> None:
    """Rename in all texts of a protocol buffer, in place."""
    for field, value in message.ListFields():
        if isinstance(value, str):
            setattr(message, field.name, renamed(value))
        elif hasattr(value, "ListFields"):
            _rename(value, renamed)
        elif hasattr(value, "items"):
            _rename_keys(value, renamed)
        elif not isinstance(value, bytes | float | int):
            for place, item in enumerate(value):
                if isinstance(item, str):
                    value[place] = renamed(item)
                elif hasattr(item, "ListFields"):
                    _rename(item, renamed)


def _rename_keys(values: Any, renamed: Callable[[str], str]) -> None:
    """Rename in the keys of a map, and in its values where they are messages."""
    for key in list(values):
        if hasattr(values[key], "ListFields"):
            _rename(values[key], renamed)
            if isinstance(key, str) and (new := renamed(key)) != key:
                values[new].CopyFrom(values[key])
                del values[key]

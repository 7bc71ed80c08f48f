"""Save and load .keras files: byte-stable, and without running code that a file contains."""

import json
import zipfile
from functools import partial
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.core.errors import ModelError, first_line
from lesion_pipeline.tf.load import keras, tf

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold


def save_network(network: Any, target: Path) -> None:
    """Save a Keras model as .keras with the same bytes for the same model.

    Keras writes the date into metadata.json and into each zip member, and into config.json
    memory addresses to tell objects that several layers share; all are replaced.
    """
    raw = target.with_name("raw." + target.name)
    network.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(target, "w") as stable:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name.endswith(".json"):
                content = json.dumps(_stable(json.loads(content), {})).encode()
            stable.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    raw.unlink()


def _stable(node: Any, numbers: dict[int, int]) -> Any:
    """Leave out dates and number shared objects in the order of their appearance."""
    if isinstance(node, list):
        return [_stable(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _stable(item, numbers) for key, item in node.items() if key != "date_saved"}
    if "shared_object_id" in kept:
        kept["shared_object_id"] = numbers.setdefault(kept["shared_object_id"], len(numbers))
    return kept


def load_network(path: Path) -> Any:
    """Load a .keras file, or a Keras 2 .h5 file that Keras 3 can read, in safe mode.

    Raises:
        ModelError: there is no such file, or it is not a network that loads safely.
    """
    if not path.is_file():
        raise ModelError(f"{path} not found")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras has no error type of its own
        raise ModelError(f"{path} can't be loaded: {first_line(error)}") from None


def as_function(network: Any) -> Any:
    """Trace a network once, for inference on batches of any size.

    Args:
        network: a Keras model that takes uint8 images (batch, size, size, 3), or vectors.

    Returns:
        A tf.function from its tensor `image`, or `vector`, to the network's output.
    """
    shape, dtype = network.input.shape, network.input.dtype
    image = tf.TensorSpec(shape, dtype, name="image" if len(shape) == 4 else "vector")
    return tf.function(partial(network, training=False), input_signature=[image])

"""The frozen part of a network as `embed`, `predict` and `train` use it: from images to arrays."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.features.cut import frozen_maps
from lesion_pipeline.frozen.litert import LiteRunner, same_everywhere
from lesion_pipeline.frozen.pooling import Maps, pooled
from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import Features
from lesion_pipeline.tf.load import tf


class FrozenPart:
    """Computes what the trained part of a network reads.

    Batch normalisation is folded, and the convolutions run in LiteRT where it gives the same bytes
    on every processor; where not (swish), in TensorFlow. An image's outputs depend neither on the
    images beside it nor on the number of threads.

    Attributes:
        shape: of the output for one image: (dims,) at the top, else that of a stage's map.
    """

    def __init__(
        self, network: Network, cut: Literal["top"] | int, features: Features, workers: int
    ) -> None:
        """Take the layers of `network`, with a head or without, up to the cut.

        Args:
            network: its weights are copied.
            cut: where the frozen part ends.
            features: what is pooled of the maps, if the cut is at the top.
            workers: parts of batches in the network at a time, for each call of `outputs`.
        """
        maps = frozen_maps(network, cut, features)
        self._features: Features | None = features if cut == "top" else None
        self._workers = workers
        light = folded(maps)
        runs_in_litert = same_everywhere(light)
        self._run = LiteRunner(light) if runs_in_litert else TensorFlowRunner(light)
        sizes = [output.shape[-1] for output in light.outputs]
        by_map = 1 if features == "last" else 2
        self.shape = (by_map * sum(sizes),) if cut == "top" else light.outputs[0].shape[1:]

    def outputs(self, batches: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Yield the outputs of batches of any size, in order, in parts of a few images.

        Several threads may call it at a time.

        Args:
            batches: uint8 (images, size, size, 3), 0 to 255.

        Yields:
            float32 (images, ...).
        """
        size = self._run.batch
        parts = (
            np.ascontiguousarray(batch[start : start + size])
            for batch in batches
            for start in range(0, len(batch), size)
        )
        return in_order(self._output, parts, self._workers)

    def _output(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        maps = self._run(images)
        return maps[0] if self._features is None else pooled(maps, self._features)


class TensorFlowRunner:
    """Runs a Keras model in TensorFlow; called as a LiteRunner is.

    Attributes:
        batch: how many images to run at a time; smaller batches leave cores idle.
    """

    batch: Final = 16

    def __init__(self, model: Any) -> None:
        """Trace `model`, from uint8 images (batch, size, size, 3) to maps."""
        signature = [tf.TensorSpec(model.input.shape, tf.uint8)]
        self._call: Callable[[Any], Any] = tf.function(
            partial(model, training=False), input_signature=signature
        )

    def __call__(self, images: NDArray[np.uint8]) -> Maps:
        """Return the maps, float32 (images, ...) each, of a few uint8 images."""
        found = self._call(images)
        return [x.numpy() for x in (found if isinstance(found, list) else [found])]

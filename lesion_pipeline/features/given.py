"""The network of vectors that were made elsewhere: what was computed before them is not known."""

import numpy as np

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.manifest import GIVEN, BackboneManifest, WeightSource
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.outputs import STANDARDISED
from lesion_pipeline.tf.load import keras


def read_by_head(backbone: Network, store: EmbeddingStore) -> Network:
    """Return the network whose features were stored.

    Args:
        backbone: the headless network.
        store: what `embed` stored.

    Returns:
        `backbone`; or, if the vectors were made elsewhere, a network that takes a vector (batch,
        dims), float32, names it `features`, and brings each of its numbers to mean 0 and deviation
        1 over the images of train. The head's batch normalisation would leave small numbers small,
        such as those of vectors of length 1.
    """
    source = store.manifest.vectors
    if source is None:
        return backbone
    vector = keras.Input((source.dims,), dtype="float32", name="vector")
    features = keras.layers.Identity(name="features")(vector)
    scale, offset = _standardising(store)
    rescaled = keras.layers.Rescaling(scale, offset, name=STANDARDISED)(features)
    facts = {
        "arch": GIVEN,
        "weights": WeightSource(requested=source.file, origin=GIVEN, source=source.file),
        "stages": (),
        "frozen": True,
        "parameters": 0,
        "vectors": source,
    }
    manifest = BackboneManifest(**dict(backbone.manifest) | facts)
    return Network(keras.Model(vector, rescaled, name=GIVEN), manifest)


def _standardising(store: EmbeddingStore) -> tuple[list[float], list[float]]:
    """Return factor and offset of each number of a vector; of a constant one the factor is 1."""
    values = store.load("train").astype(np.float64)
    # Row to row: in this order, whatever numpy's instruction set.
    mean = np.add.reduce(values, axis=0) / len(values)
    deviation = np.sqrt(np.add.reduce((values - mean) ** 2, axis=0) / len(values))
    factor = 1 / np.where(deviation > 0, deviation, 1)
    both = (factor, -mean * factor)
    scale, offset = (each.astype(np.float32).astype(np.float64).tolist() for each in both)
    return scale, offset

"""The network of vectors that were made elsewhere: what was computed before them is not known."""

from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.networks.manifest import GIVEN, BackboneManifest, WeightSource
from lesion_pipeline.networks.network import Network
from lesion_pipeline.tf.load import keras


def read_by_head(backbone: Network, stored: EmbeddingManifest) -> Network:
    """Return the network whose features were stored.

    Args:
        backbone: the headless network.
        stored: what `embed` stored.

    Returns:
        `backbone`; or, if the vectors were made elsewhere, a network that takes a vector (batch,
        dims), float32, and has no layers but `features`, the vector itself.
    """
    source = stored.vectors
    if source is None:
        return backbone
    vector = keras.Input((source.dims,), dtype="float32", name="vector")
    model = keras.Model(vector, keras.layers.Identity(name="features")(vector), name=GIVEN)
    facts = {
        "arch": GIVEN,
        "weights": WeightSource(requested=source.file, origin=GIVEN, source=str(source)),
        "stages": (),
        "frozen": True,
        "parameters": 0,
        "vectors": source,
    }
    return Network(model, BackboneManifest(**dict(backbone.manifest) | facts))

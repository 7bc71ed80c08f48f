"""Where the frozen part of a network ends and the trained part begins.

The frozen part runs once for each view of an image, in `embed`; `train` starts from what it left.
With the cut at the top that is a feature vector, after an early stage it is that stage's map, and
with the cut at the input nothing is frozen and training reads images.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.embedding.features import Features, feature_tensor
from lesion_pipeline.networks.network import Network
from lesion_pipeline.tf import keras

# A number counts the network's stages from the image on; the frozen part ends with that stage.
Cut = Literal["top", "input"] | Annotated[int, Field(ge=1)]


def actual_cut(backbone: Network, cut: Cut) -> Cut:
    """Give the cut for this network: one that nobody has trained has nothing worth freezing.

    Raises:
        ModelError: the network has no such stage.
    """
    stages = len(backbone.manifest["stages"])
    if isinstance(cut, int) and cut >= stages:
        raise ModelError(
            f"embed.cut: expected top, input, or a stage of {backbone.manifest['arch']} below its "
            f"last, 1 to {stages - 1}, received {cut}"
        )
    return cut if backbone.manifest["frozen"] else "input"


def features_after(backbone: Network, cut: Cut, features: Features) -> Any:
    """Give the tensor of features that the head sees: from the cut on, or of all stages."""
    stages = backbone.manifest["stages"]
    later = stages[cut - 1 :] if isinstance(cut, int) else stages
    return feature_tensor(backbone.model, later, features)


def frozen_part(backbone: Network, cut: Literal["top"] | int, features: Features) -> Any:
    """Give the Keras model from images to what `embed` stores: features, or a stage's map."""
    if cut == "top":
        end = features_after(backbone, cut, features)
    else:
        end = backbone.model.get_layer(backbone.manifest["stages"][cut - 1]).output
    return keras.Model(backbone.model.input, end)


def trained_part(whole: Any, backbone: Network, cut: Cut) -> Any:
    """Give the part of `whole`, backbone and head, that follows the cut, with the same layers."""
    if cut == "input":
        return whole
    layer = "features" if cut == "top" else backbone.manifest["stages"][cut - 1]
    return keras.Model(whole.get_layer(layer).output, whole.output)

"""The networks of the members as one Keras model, of built-in layers alone."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.labels import DIAGNOSES, is_malignant
from lesion_pipeline.ensemble.combine import FLOOR, Average
from lesion_pipeline.tf.load import keras

NAME: Final = "ensemble"


def ensemble_network(
    networks: Sequence[Any],
    weights: NDArray[np.float64],
    average: Average,
    outputs: int,
    malignant: Collection[str],
) -> Any:
    """Join networks that take images of one size.

    Args:
        networks: Keras models from uint8 images to probabilities, with their own test-time
            augmentation in them. A network of weight 0 is left out.
        weights: (networks,), which add up to 1.
        average: as `combine`.
        outputs: 1, the probability of malignancy; or 7, those of the diagnoses.
        malignant: the malignant diagnoses.

    Returns:
        A Keras model from uint8 images to (batch, outputs), as `combine` computes it.
    """
    image = keras.Input(networks[0].input.shape[1:], dtype="uint8", name="image")
    terms = []
    for number, (network, weight) in enumerate(zip(networks, weights, strict=True), start=1):
        if weight:
            named = keras.Model(network.input, network.output, name=f"member_{number}")
            found = _classes(_narrowed(named(image), outputs, malignant), average)
            terms.append(keras.layers.Rescaling(float(weight), name=f"weight_{number}")(found))
    total = keras.layers.Add(name="weighted")(terms) if len(terms) > 1 else terms[0]
    return keras.Model(image, _shares(total, outputs, average), name=NAME)


def _narrowed(found: Any, outputs: int, malignant: Collection[str]) -> Any:
    """Return the probability of malignancy, if that is wanted of diagnoses."""
    if found.shape[-1] == outputs:
        return found
    places = np.flatnonzero(is_malignant(list(DIAGNOSES), malignant)).tolist()
    parts = [found[:, place : place + 1] for place in places]
    return keras.ops.minimum(sum(parts[1:], parts[0]), 1.0)


def _classes(found: Any, average: Average) -> Any:
    if average == "probabilities":
        return found
    both = found.shape[-1] == 1
    classes = keras.ops.concatenate([1 - found, found], axis=-1) if both else found
    return keras.ops.log(keras.ops.maximum(classes, FLOOR))


def _shares(total: Any, outputs: int, average: Average) -> Any:
    if average == "probabilities":
        return total
    raised = keras.ops.exp(total - keras.ops.max(total, axis=-1, keepdims=True))
    shares = raised / keras.ops.sum(raised, axis=-1, keepdims=True)
    return shares[:, 1:] if outputs == 1 else shares

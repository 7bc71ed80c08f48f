"""Seconds and memory of each stage on a reference machine, as functions of the work.

Two cores of an AMD EPYC (family 25, model 17). A start, and a rate for each image or step, from the
tables of docs/results.md (10,015 images) and a run on the generated collection (341 images).
"""

import math
from collections.abc import Mapping
from typing import Final

from lesion_pipeline.embedding.components import fitted_images
from lesion_pipeline.planning.workload import Workload

# Images per second at 224 pixels: up to the top, and training the whole network (docs/
# architectures.md); of others nothing is known.
FORWARD: Final = {
    "efficientnet_lite0": 164.6, "efficientnet_lite1": 145.5, "efficientnet_lite2": 124.4,
    "efficientnet_b0": 128.5, "resnet50": 36.3, "inception_v3": 62.6, "vgg16": 13.6,
    "simple_cnn": 194.4,
}  # fmt: skip
TRAINING: Final = {
    "efficientnet_lite0": 44.1, "efficientnet_lite1": 34.3, "efficientnet_lite2": 32.3,
    "efficientnet_b0": 30.7, "resnet50": 10.1, "inception_v3": 18.2, "vgg16": 3.7,
    "simple_cnn": 61.7,
}  # fmt: skip
# The same up to a stage and from it on, where it was measured.
FORWARD_TO: Final = {("efficientnet_lite0", 4): 513.0, ("efficientnet_lite2", 5): 114.0}
TRAINING_FROM: Final = {("efficientnet_lite0", 4): 122.0, ("efficientnet_lite2", 5): 36.0}
DIMS: Final = 6_176  # of the vectors with which the head was measured
SIDE: Final = 224
WHITENED: Final = 1_024  # dims in which `audit` compares features
FITTED: Final = 30_000  # images of which it computes the covariance
ENCODE: Final = {"raw": 0.0, "png": 0.0019, "jpeg": 0.0003}  # seconds for an image
PER_IMAGE: Final = {"sample": 0.14, "local": 0.0004}  # of fetch; a download depends on the network


def seconds(work: Workload) -> dict[str, float | None]:
    """Return the seconds of each stage; None where no rate is known."""
    images, held_out = work.total, work.held_out
    samples = work.params.evaluate.bootstrap_samples / 2000
    fetch = PER_IMAGE.get(work.params.fetch.source)
    dims = math.prod(work.network.shape) if work.network.cut == "top" else 0
    drawn = work.params.fetch.source == "sample"  # whose lesions are known, so val is explained
    return {
        "fetch": None if fetch is None else 1.5 + fetch * images,
        "split": 1.7 + 3e-5 * images,
        "explore": 3 + 1e-4 * images,
        "preprocess": 4 + _pixels(work) * images * (0.00157 + ENCODE[_encoding(work)]),
        "backbone": 6.5,
        "embed": _sum(6, _embed(work)),
        "audit": 2 + 0.001 * images + 5e-8 * images**2 * (dims + 256) / (DIMS + 256),
        "train": _sum(8, _train(work)),
        "predict": _predict(work),
        "evaluate": 1.5 + 8e-4 * held_out * samples,
        "tune_threshold": 1.3 + 1e-4 * held_out,
        "summary": 1.6 + 3.3e-4 * held_out,
        "validate": 1.6,
        "draw": 3.8,
        "explain": 8 + 0.4 * work.images["val"] if drawn else 3.0,
        "export": 13.0,
        "report": 4.0,
        "finish": 0.4,
    }


def mebibytes(work: Workload) -> Mapping[str, int]:
    """Return the peak memory of the stages that need more than 500 MiB, about."""
    images, pixels = work.total, _pixels(work)
    audit = 190.0
    if work.network.cut == "top":  # projected features, and the covariance of some of them
        audit = 540 + (images * 4 * WHITENED + min(images, FITTED) * 24 * WHITENED) / 2**20
    trained = 1_250 if work.network.cut == "top" else 2_900 * pixels
    return {
        "preprocess": round(700 + 0.0033 * images),
        "backbone": 800,
        "embed": round(1_400 * pixels + _fit_of_components(work)),
        "audit": round(audit),
        "train": round(trained),
        "predict": round(900 if work.network.cut == "top" else 1_500 * pixels),
        "explain": 1_200,
        "export": 1_600,
    }


def _fit_of_components(work: Workload) -> float:
    """Return the MiB in which features, their standardised values and axes are held."""
    images = len(range(work.images["train"])[fitted_images(work.images["train"])])
    features = work.network.fitted
    if not features:
        return 0.0
    (components,) = work.network.shape
    return (6 * images * features + 12 * (images + features) * components) / 2**20


def _pixels(work: Workload) -> float:
    return (work.params.preprocess.image_size / SIDE) ** 2


def _encoding(work: Workload) -> str:
    return work.params.preprocess.encoding


def _embed(work: Workload) -> float | None:
    """Return the seconds of the frozen part; of nothing, if nothing is frozen."""
    cut, embed = work.network.cut, work.params.embed
    if cut == "input" or embed.vectors:
        return 0.0
    arch = work.params.model.arch
    rate = FORWARD.get(arch) if cut == "top" else FORWARD_TO.get((arch, cut))
    copies = 1 + embed.augmentations
    passes = work.images["train"] * copies
    passes += work.images["val"] * (copies if embed.augment_val else 1)
    passes += work.images["test"] * (cut == "top")
    return None if rate is None else passes * _pixels(work) / rate


def _train(work: Workload) -> float | None:
    """Return the seconds of all epochs of all members; the second phase as of whole networks."""
    train, fine = work.params.train, work.params.train.fine_tune.epochs
    images = work.members * work.images["train"]
    first = _first_phase(work, images * train.epochs)
    rate = TRAINING.get(work.params.model.arch)
    if first is None or not fine:
        return first
    return None if rate is None else first + fine * images * _pixels(work) / rate


def _first_phase(work: Workload, steps: int) -> float | None:
    """Return the seconds in which so many images are trained on."""
    arch, cut = work.params.model.arch, work.network.cut
    if cut == "top":
        return steps * 4.0e-4 * math.prod(work.network.shape) / DIMS
    rate = TRAINING.get(arch) if cut == "input" else TRAINING_FROM.get((arch, cut))
    return None if rate is None else steps * _pixels(work) / rate


def _predict(work: Workload) -> float | None:
    """Return the seconds of `predict`: of a head on stored features alone, or of whole networks."""
    if work.network.cut == "top" and work.params.predict.tta == 1:
        return 5 + 1e-5 * work.held_out
    rate = FORWARD.get(work.params.model.arch)
    passes = work.held_out * work.params.predict.tta * _pixels(work)
    return None if rate is None else 6 + passes / rate


def _sum(start: float, rest: float | None) -> float | None:
    return None if rest is None else start + rest

"""Which map marks what decides? Deletion, insertion, and the fraction inside the lesion.

    dvc repro                              # the network and the images of val in the working tree
    python benchmarks/explanations.py
    python benchmarks/explanations.py --images 2 --steps 2

From the places that a map marks most, the image is blurred step by step (deletion), or a blurred
image is restored (insertion; Petsiuk and others 2018, arXiv:1806.07421). Reported is the mean log
odds of malignancy over the steps: low is good for deletion, high for insertion. The images are
those of val with the highest probability. All maps are of one copy of an image.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from tqdm import tqdm

from lesion_pipeline import paths
from lesion_pipeline.core.labels import malignancy
from lesion_pipeline.explanation.explain import INSIDE, fractions_inside
from lesion_pipeline.explanation.maps import Explainer, enlarge, positive_part
from lesion_pipeline.images import image_files, read_image
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records

Images = NDArray[np.uint8]
Maps = NDArray[np.float64]
BLUR = 20  # pixels

# From a stage's activations and the gradient of the log odds by them to a map.
METHODS: dict[str, Callable[[NDArray[np.float32], NDArray[np.float32]], Maps]] = {
    "HiResCAM": lambda stage, gradient: (stage * gradient).sum(axis=-1),
    "LayerCAM": lambda stage, gradient: (stage * np.maximum(gradient, 0)).sum(axis=-1),
    "Grad-CAM": lambda stage, gradient: (stage * gradient.mean((1, 2), keepdims=True)).sum(axis=-1),
}


def stage_maps(explainer: Explainer, images: Images) -> dict[str, Maps]:
    """Return each method's maps, of the last stage alone and of all stages."""
    stages, size, found = explainer.stage_gradients(images), images.shape[1], {}
    for name, method in METHODS.items():
        each = [positive_part(method(stage, gradient), size) for stage, gradient in stages]
        found[f"{name}, last stage"] = each[-1].astype(np.float64)
        found[f"{name}, all stages"] = np.mean(each, axis=0, dtype=np.float64)
    return found


def log_odds(network: TrainedNetwork, images: Images) -> float:
    """Return the mean log odds of malignancy."""
    outputs = np.concatenate([network.model(images[i : i + 16]) for i in range(0, len(images), 16)])
    values = np.clip(malignancy(outputs.astype(float), network.manifest.malignant), 1e-7, 1 - 1e-7)
    return float(np.log(values / (1 - values)).mean())


def scores(network: TrainedNetwork, images: Images, maps: Maps, steps: int) -> tuple[float, float]:
    """Return the mean log odds of deletion and of insertion."""
    blurred = np.stack([gaussian_filter(image, (BLUR, BLUR, 0)) for image in images])
    ranks = (-maps.reshape(len(maps), -1)).argsort(axis=1, kind="stable").argsort(axis=1)
    deleted, inserted = [], []
    for step in range(steps + 1):
        chosen = (ranks < ranks.shape[1] * step / steps).reshape(*images.shape[:3], 1)
        deleted.append(log_odds(network, np.where(chosen, blurred, images)))
        inserted.append(log_odds(network, np.where(chosen, images, blurred)))
    return float(np.mean(deleted)), float(np.mean(inserted))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10)
    asked = parser.parse_args()
    network, records = TrainedNetwork.load(paths.MODEL), Records(paths.RECORDS)
    every = np.stack(list(records.images("val").as_numpy_iterator()))
    outputs = np.concatenate([network.model(every[i : i + 16]) for i in range(0, len(every), 16)])
    chosen = np.argsort(-malignancy(outputs, network.manifest.malignant))[: asked.images]
    images, ids = every[chosen], records.index("val")["image_id"].iloc[chosen]
    explainer = Explainer(network, 1)
    random = np.random.default_rng(1).normal(size=(len(images), 14, 14))
    size = images.shape[1]
    found = {"random": np.stack([enlarge(each, size, size) for each in random]).astype(float)}
    found |= stage_maps(explainer, images)
    found["SmoothGrad"] = explainer.saliency(images).astype(np.float64)
    files = image_files(paths.MASKS) if paths.MASKS.is_dir() else {}
    masks = [read_image(files[i], size, records.manifest.resize) for i in ids if i in files]
    lesions = np.stack(masks)[..., 0] >= INSIDE if len(masks) == len(images) else None
    print("| map | deletion | insertion | insertion - deletion | inside the lesion |")
    print("|---|---|---|---|---|")
    for name, maps in tqdm(found.items(), disable=None):
        low, high = scores(network, images, maps, asked.steps)
        inside = ""
        if lesions is not None:
            inside = f"{np.mean(fractions_inside(np.maximum(maps, 0), lesions)):.3f}"
        print(f"| {name} | {low:.2f} | {high:.2f} | {high - low:.2f} | {inside} |", flush=True)
    if lesions is not None:
        print(f"\nLesions take {lesions.mean():.3f} of the images.")


if __name__ == "__main__":
    main()

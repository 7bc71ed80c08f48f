"""Explain image files with an exported bundle.

from lesion_pipeline.explanation.files import load_explainer, explain_files

explainer = load_explainer("data/export")
for file, error in explain_files(explainer, ["a.jpg", "b.jpg"], Path("explained")):
    print(file, error or "explained")
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from lesion_pipeline.addresses.storage import StoredFile
from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.manifest import BundleManifest, check_takes_images, read_manifest
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.core.files import write_figures
from lesion_pipeline.core.labels import CLASSES, decide, malignancy
from lesion_pipeline.explanation.maps import Explainer
from lesion_pipeline.explanation.panel import ExplainedImage, panel
from lesion_pipeline.images import read_image, read_pixels
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.networks.archive import load_network
from lesion_pipeline.networks.network import TrainedNetwork

RESEARCH: Final = "For research and education only, not for clinical use."


@dataclass(frozen=True)
class BundleExplainer:
    """A bundle's network, for one copy of an image, and what explains its predictions.

    Attributes:
        network: the network.
        explainer: of the network, over the copies that the bundle averages.
        manifest: of the bundle.
        averaged: the Keras model that the bundle exports.
    """

    network: TrainedNetwork
    explainer: Explainer
    manifest: BundleManifest
    averaged: object


def load_explainer(folder: Path | str) -> BundleExplainer:
    """Load a bundle's Keras network.

    Raises:
        BundleError: the bundle is missing or incomplete, or has no network for Keras, without
            which there are no gradients; or the network takes vectors.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    check_takes_images(folder, manifest)
    if manifest.ensemble:
        raise BundleError(f"{folder} is an ensemble: maps are of one network; explain its members")
    if "keras" not in manifest.formats:
        raise BundleError(f"{folder} has no keras network: add keras to export.formats")
    averaged = load_network(folder / FORMATS["keras"].file)
    inner = averaged if manifest.tta == 1 else averaged.get_layer(manifest.network.arch)
    network = TrainedNetwork(inner, manifest.network)
    return BundleExplainer(network, Explainer(network, manifest.tta), manifest, averaged)


def explain_files(
    bundle: BundleExplainer,
    files: Sequence[Path | StoredFile | str],
    target: Path,
    quiet: bool = False,
) -> Iterator[tuple[Path | StoredFile, str]]:
    """Write a picture for each image file: <number>_<name>.png in a folder.

    Args:
        bundle: the bundle's network.
        files: JPEG and PNG files, here or at an address.
        target: the folder; it is made if it is missing.
        quiet: show no progress.

    Yields:
        each file, and the reason why it could not be read, or nothing.
    """
    digits = len(str(len(files)))
    paths = [Path(file) if isinstance(file, str) else file for file in files]
    steps = paths if quiet else progress(paths, len(paths), "explain")
    for number, file in enumerate(steps, start=1):
        try:
            row = _explained(bundle, file)
        except DataError as error:
            yield file, str(error).removeprefix(f"{file}: ")
            continue
        figure = panel(RESEARCH, [row], bundle.manifest.image.resize)
        write_figures(target, {f"{number:0{digits}}_{file.stem}": figure})
        yield file, ""


def _explained(bundle: BundleExplainer, file: Path | StoredFile) -> ExplainedImage:
    contract = bundle.manifest.image
    content = file.read() if isinstance(file, StoredFile) else file
    pixels = read_pixels(content)
    image = read_image(content, contract.size, contract.resize)[None]
    outputs = np.asarray(bundle.averaged(image), np.float64)  # type: ignore[operator]
    probability = float(malignancy(outputs, bundle.manifest.network.malignant)[0])
    threshold = bundle.manifest.operating_point.threshold
    decision = CLASSES[int(decide(probability, threshold))]
    maps = bundle.explainer.explain(image)
    title = f"{file.name}\np = {probability:.3g}: {decision} (threshold {threshold:.3g})"
    return ExplainedImage(pixels, maps.evidence[0], maps.saliency[0], title)

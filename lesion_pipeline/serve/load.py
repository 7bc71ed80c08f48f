"""Make a classifier of a bundle, or of a network that somebody else made."""

from pathlib import Path
from typing import Literal

import numpy as np

from lesion_pipeline.bundle.formats import FILES, Format
from lesion_pipeline.bundle.manifest import BundleManifest, ImageContract, read_manifest
from lesion_pipeline.bundle.runtimes import Predict, load_runtime, quickest
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.core.labels import MALIGNANT
from lesion_pipeline.serve.classifier import Classifier
from lesion_pipeline.serve.tta import average_views


def load_bundle(
    folder: Path | str, runtime: Format | Literal["auto"] = "auto", views: int = 1
) -> Classifier:
    """Load an exported bundle; nothing in it is run as code.

    Args:
        folder: the bundle.
        runtime: which of the bundle's formats to run; auto: the quickest that it has and whose
            runtime is installed.
        views: of each image to average: 1, 4 (mirrored) or 8 (and transposed). The bundle's
            threshold was chosen without this.

    Raises:
        BundleError: a file is missing, or can't be loaded; the manifest lacks a field or has a
            wrong one, doesn't name the format, or says something else than the network.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    kind = quickest(folder, manifest.formats) if runtime == "auto" else runtime
    if kind not in manifest.formats:
        raise BundleError(f"{folder} has no {kind}: expected one of {', '.join(manifest.formats)}")
    run = load_runtime(folder, kind)
    _try(run, manifest, folder / FILES[kind])
    return Classifier(
        run=average_views(run, views, own=manifest.network.views),
        image=manifest.image,
        outputs=manifest.outputs,
        malignant=manifest.malignant,
        threshold=manifest.threshold,
        calibrator=manifest.calibrator,
        generated=manifest.data.generated,
    )


def _try(run: Predict, manifest: BundleManifest, file: Path) -> None:
    """Show the network a black image, to see that it is the one that the manifest is about."""
    size, outputs = manifest.image.size, len(manifest.outputs)
    try:
        said = run(np.zeros((1, size, size, 3), np.uint8))
    except Exception as error:  # the runtimes have no error type in common
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BundleError(f"{file}: no images of {size} x {size} (image.size): {reason}") from None
    if said.shape != (1, outputs):
        raise BundleError(f"{file}: expected {outputs} outputs, received {said.shape[-1]}")


def load_model(
    file: Path | str, preprocessing: str = "auto", threshold: float | None = None, views: int = 1
) -> Classifier:
    """Load a network that wasn't made here, such as a Keras 2 file; no code of it is run.

    Args:
        file: a whole network as .h5 or .keras, that says malignant or not by one sigmoid, or the
            seven diagnoses in the order of labels.DIAGNOSES.
        preprocessing: what is done with pixels, one of model.existing.PREPROCESSING.
        threshold: from which probability on an image is called malignant; None: not decided.
        views: as in `load_bundle`.

    Raises:
        ModelError: it can't be loaded, takes or gives something else, or how it wants its pixels
            can't be told.
    """
    from lesion_pipeline.serve.foreign import load_existing  # seconds of TensorFlow

    network = load_existing(Path(file), preprocessing)
    return Classifier(
        run=average_views(network.run, views),
        image=ImageContract(size=network.size, resize="squash"),
        outputs=network.outputs,
        malignant=MALIGNANT,
        threshold=threshold,
    )

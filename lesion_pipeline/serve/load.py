"""Make a classifier of a bundle, or of a network that was made elsewhere."""

from pathlib import Path
from typing import Literal

import numpy as np

from lesion_pipeline.bundle.batching import Runtime
from lesion_pipeline.bundle.formats import FORMATS, FormatName
from lesion_pipeline.bundle.manifest import BundleManifest, check_takes_images, read_manifest
from lesion_pipeline.bundle.results import ImageContract
from lesion_pipeline.bundle.runtimes import load_runtime, quickest
from lesion_pipeline.core.errors import BundleError, first_line
from lesion_pipeline.core.labels import MALIGNANT
from lesion_pipeline.serve.classifier import Classifier
from lesion_pipeline.serve.model_file import check_model_file
from lesion_pipeline.serve.tta import average_copies


def load_bundle(
    folder: Path | str,
    runtime: FormatName | Literal["auto"] = "auto",
    tta: int = 1,
    prevalence: float | None = None,
) -> Classifier:
    """Load an exported bundle; nothing in it is run as code.

    Args:
        folder: the bundle.
        runtime: the format to run; auto: the quickest that the bundle has and whose runtime is
            installed.
        tta: copies of each image to average: 1, 4 (mirrored) or 8 (and transposed). The bundle's
            threshold was chosen for the number in its manifest.
        prevalence: malignant fraction of the images to predict, between 0 and 1, if it is known:
            rows then have the probability for it, too.

    Raises:
        BundleError: a file is missing, or can't be loaded; a key of the manifest is missing or
            wrong; the manifest doesn't name the format, or doesn't fit the network; or the network
            takes vectors.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    check_takes_images(folder, manifest)
    name = quickest(folder, manifest.formats) if runtime == "auto" else runtime
    if name not in manifest.formats:
        raise BundleError(f"{folder} has no {name}: expected one of {', '.join(manifest.formats)}")
    run = load_runtime(folder, name)
    _check(run, manifest, folder / FORMATS[name].file)
    return Classifier(
        run=average_copies(run, tta, built_in=manifest.tta),
        image=manifest.image,
        outputs=manifest.network.outputs,
        malignant=manifest.network.malignant,
        threshold=manifest.operating_point.threshold,
        policies={name: point.threshold for name, point in manifest.policies.items()},
        calibrator=manifest.calibrator,
        prevalence=manifest.evaluation.val.malignant / manifest.evaluation.val.images,
        wanted_prevalence=prevalence,
        generated=manifest.data.generated,
    )


def _check(run: Runtime, manifest: BundleManifest, file: Path) -> None:
    """Predict a black image, to see that the network is the one that the manifest describes."""
    size, expected = manifest.image.size, len(manifest.network.outputs)
    try:
        outputs = run(np.zeros((1, size, size, 3), np.uint8))
    except Exception as error:  # the runtimes have no error type in common
        reason = first_line(error)
        raise BundleError(f"{file}: no images of {size} x {size} (image.size): {reason}") from None
    if outputs.shape != (1, expected):
        raise BundleError(f"{file}: expected {expected} outputs, received {outputs.shape[-1]}")


def load_model(
    file: Path | str, preprocessing: str = "auto", threshold: float | None = None, tta: int = 1
) -> Classifier:
    """Load a network that wasn't made here, such as a Keras 2 file; no code in it is run.

    Args:
        file: a whole network as .h5 or .keras, with one sigmoid (the probability of malignancy) or
            the seven diagnoses in the order of labels.DIAGNOSES as outputs.
        preprocessing: of the pixels, one of serve.foreign.PREPROCESSING.
        threshold: an image is called malignant when its probability is at least this; None: no
            decision.
        tta: as in `load_bundle`.

    Raises:
        ModelError: it can't be loaded, its input or output is something else, or its
            preprocessing can't be inferred.
    """
    check_model_file(Path(file))
    from lesion_pipeline.serve.foreign import load_foreign  # seconds of TensorFlow

    network = load_foreign(Path(file), preprocessing)
    return Classifier(
        run=average_copies(network.run, tta),
        image=ImageContract(size=network.size, resize="squash"),
        outputs=network.outputs,
        malignant=MALIGNANT,
        threshold=threshold,
    )

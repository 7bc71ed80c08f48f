"""Sections of the model card on the bundle's files and their use."""

from collections.abc import Mapping
from typing import Final

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.bundle.card.vectors import vectors_use
from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.bundle.results import FormatReport

_COMPARISON: Final = (
    "The network in each format, reloaded by the format's own runtime, compared on images of val "
    "with the probabilities that the scores above were computed from: a bound of the difference of "
    "a probability, the difference of ROC-AUC, and the fraction of images on which both decide the "
    "same. A format of full precision is compared on some images of val, evenly spread over both "
    "classes; one of reduced precision on all."
)
_DECODING: Final = (
    "The signature `encoded` of the SavedModel takes the bytes of JPEG and PNG files. Its decoder "
    "gives the pixels of the code below to within 1 of 255, but ignores EXIF rotation and accepts "
    "grey images."
)
_RESIZING: Final = {
    "squash": "image.resize((SIZE, SIZE), Image.Resampling.BICUBIC)",
    "crop": "ImageOps.fit(image, (SIZE, SIZE), Image.Resampling.BICUBIC)",
    "pad": "ImageOps.pad(image, (SIZE, SIZE), Image.Resampling.BICUBIC)",
}


def files_section(formats: Mapping[str, FormatReport]) -> str:
    """Return the file of each format, and how near it comes to the predictions."""
    columns = ("file", "format", "MB", "images", "probability", "ROC-AUC", "same decision")
    rows = [
        (
            report.file,
            name,
            f"{report.bytes / 1e6:.1f}",
            str(report.images),
            f"{report.max_probability_difference:g}",
            f"{report.roc_auc_difference:+.4f}",
            f"{report.same_decisions:.2%}",
        )
        for name, report in formats.items()
    ]
    decoding = f"\n\n{_DECODING}" if "saved_model" in formats else ""
    return f"{_COMPARISON}\n\n{table(columns, rows)}{decoding}"


def use_section(manifest: BundleManifest) -> str:
    """Return code that predicts one image with nothing but Keras and Pillow, or one vector."""
    if manifest.network.vectors:
        return vectors_use(manifest, manifest.network.vectors)
    size = manifest.image.size
    malignant = list(dict.fromkeys(["malignant", *manifest.network.malignant]))
    resizing = _RESIZING[manifest.image.resize].replace("SIZE", str(size))
    return f"""The network takes uint8 RGB and scales it itself. With nothing but Keras and Pillow,
for an RGB image as JPEG or PNG:

```python
import json

import keras
import numpy as np
from PIL import Image, ImageOps

bundle = json.load(open("bundle.json"))
model = keras.models.load_model("model.keras", compile=False)
image = Image.open("image.jpg")
image.draft("RGB", ({size}, {size}))
image = ImageOps.exif_transpose(image)
image = {resizing}
outputs = model.predict(np.asarray(image)[None])[0].tolist()
probabilities = dict(zip(bundle["network"]["outputs"], outputs))
probability = sum(probabilities.get(name, 0) for name in {malignant})
threshold = bundle["operating_point"]["threshold"]
print(probability, "malignant" if probability >= threshold else "benign")
```"""

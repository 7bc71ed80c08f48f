"""What the model card tells of a network that takes vectors in place of images."""

from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.networks.manifest import VectorSource


def vectors_limit(source: VectorSource) -> str:
    """Return what the bundle doesn't hold, as a sentence."""
    return (
        f"**It takes vectors of {source.dims} numbers, not images.** They were made elsewhere "
        f"({source.file}); what computes them from an image is no part of this bundle, so "
        "`lesion predict` and `lesion explain` refuse it."
    )


def vectors_use(manifest: BundleManifest, source: VectorSource) -> str:
    """Return code that predicts one vector with nothing but Keras."""
    malignant = list(dict.fromkeys(["malignant", *manifest.network.malignant]))
    return f"""{vectors_limit(source)} With nothing but Keras, for the vector of an image, computed
as those of {source.file} were:

```python
import json

import keras
import numpy as np

bundle = json.load(open("bundle.json"))
model = keras.models.load_model("model.keras", compile=False)
vector = np.load("vector.npy")  # float32, ({source.dims},)
outputs = model.predict(vector[None])[0].tolist()
probabilities = dict(zip(bundle["network"]["outputs"], outputs))
probability = sum(probabilities.get(name, 0) for name in {malignant})
threshold = bundle["operating_point"]["threshold"]
print(probability, "malignant" if probability >= threshold else "benign")
```"""

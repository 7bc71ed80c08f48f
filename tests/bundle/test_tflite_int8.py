from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.formats import FORMATS, FormatName
from lesion_pipeline.embedding.components import fit_components
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.archive import save_network
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.head import assemble
from tests.tiny import TRAIN, make_objective
from tests.tiny_bundle import EMBEDDED, EXPORT

pytestmark = pytest.mark.slow


def tensors(bundle: Path) -> list[dict[str, Any]]:
    """Return the facts of each tensor in the file that has more than one place."""
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(str(bundle / "model_int8.tflite")).get_tensor_details()
    return [of for of in details if len(of["shape"]) == 4 and of["shape"][1:3].prod() > 1]


def test_convolutions_are_in_whole_numbers(many_formats: Path) -> None:
    found = tensors(many_formats)
    kernels = [of for of in found if len(of["quantization_parameters"]["scales"]) > 1]
    outputs = [of for of in found if "convolution" in of["name"]]
    assert kernels and outputs
    assert {of["dtype"] for of in kernels + outputs} == {np.int8}


def test_deviations_are_not(many_formats: Path) -> None:
    """Each map is handed over as float32, its squared differences are; and the scaled images."""
    floats = [of["name"] for of in tensors(many_formats) if of["dtype"] == np.float32]
    squared = [name for name in floats if "variance" in name]
    handed_over = [name for name in floats if "variance" not in name and "Cast" not in name]
    assert 0 < len(handed_over) <= len(squared)


def test_features_of_very_different_sizes_are_brought_to_one_scale(
    lite0: Network, records: Records, embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    """Factors from .2 to 1,900; in every format it is the same network."""
    keras.utils.set_random_seed(1)
    train = embeddings.load("train")
    components = fit_components([train], len(train), 8, seed=1)
    assert components.factor.max() > 1000 > 1 > components.factor[components.factor > 0].min()
    model = assemble(lite0, EMBEDDED, TRAIN.head, make_objective("binary"), components)
    save_network(model, tmp_path / "model.keras")
    names: tuple[FormatName, ...] = ("tflite", "tflite_float16", "saved_model", "tflite_int8")
    params = EXPORT.model_copy(update={"formats": names})
    convert(tmp_path / "model.keras", 1, records, tmp_path, params)
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    wanted = model(images, training=False).numpy()
    assert np.ptp(wanted) > 0.15
    for name in names:
        found = FORMATS[name].module().load(tmp_path / FORMATS[name].file)(images)
        worst = {"tflite_float16": 0.02, "tflite_int8": 0.12}.get(name, 1e-4)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=worst, err_msg=name)

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, malignancy
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.inference.tta import average_views
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.objective import Target, outputs
from lesion_pipeline.training.train import Plan, assemble
from tests import tiny


def untrained(
    backbone: Network, records: Records, embeddings: Embeddings, target: Target, phase: str
) -> Network:
    model, _ = assemble(Plan(backbone, embeddings, records, target, tiny.TRAIN))
    facts = {
        "outputs": list(outputs(target)),
        "malignant": list(MALIGNANT),
        "best": {"phase": phase, "epoch": 1},
    }
    return Network(model, backbone.manifest | facts)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_every_image_gets_its_own_probability(
    records: Records, lite0: Network, embeddings: Embeddings, target: Target
) -> None:
    network = untrained(lite0, records, embeddings, target, "fine_tune")
    tables = predict(network, records, embeddings, workers=2)
    for split in ("val", "test"):
        images = list(records.images(split).as_numpy_iterator())
        alone = np.concatenate([network.model(image[None], training=False) for image in images])
        np.testing.assert_allclose(
            tables[split]["probability"], malignancy(alone, MALIGNANT), atol=1e-5
        )
        pd.testing.assert_frame_equal(
            tables[split][["image_id", "lesion_id", "dx", "label"]], records.index(split)
        )
        if target == "diagnosis":
            np.testing.assert_allclose(tables[split][list(DIAGNOSES)], alone, atol=1e-5)


def test_the_malignant_diagnoses_add_up_to_the_probability(
    records: Records, lite0: Network, embeddings: Embeddings
) -> None:
    network = untrained(lite0, records, embeddings, "diagnosis", "head")
    table = predict(network, records, embeddings, workers=2)["test"]
    total = table["akiec"] + table["bcc"] + table["mel"]
    np.testing.assert_allclose(table["probability"], total, rtol=1e-12)
    other = Network(network.model, network.manifest | {"malignant": ["nv"]})
    table = predict(other, records, embeddings, workers=2)["test"]
    np.testing.assert_array_equal(table["probability"], table["nv"])


@pytest.mark.slow
def test_several_views_are_averaged(
    records: Records, lite0: Network, embeddings: Embeddings
) -> None:
    one = untrained(lite0, records, embeddings, "diagnosis", "head")
    model = average_views(one.model, 4)
    four = Network(model, one.manifest | {"views": 4})
    table = predict(four, records, embeddings, workers=2)["test"]
    images = np.stack(list(records.images("test").as_numpy_iterator()))
    flipped = [images[:, ::up, ::left].copy() for up in (1, -1) for left in (1, -1)]
    said = np.mean([one.model(view, training=False) for view in flipped], axis=0)
    np.testing.assert_allclose(table["probability"], malignancy(said, MALIGNANT), atol=1e-5)
    plain = predict(one, records, embeddings, workers=2)["test"]
    assert (table["probability"] - plain["probability"]).abs().max() > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_head_on_stored_features_says_what_the_whole_network_says(
    records: Records, lite0: Network, embeddings: Embeddings, target: Target
) -> None:
    network = untrained(lite0, records, embeddings, target, "head")
    whole = Network(network.model, network.manifest | {"best": {"phase": "fine_tune", "epoch": 1}})
    short, long = (predict(n, records, embeddings, workers=2) for n in (network, whole))
    for split in ("val", "test"):
        np.testing.assert_allclose(
            short[split]["probability"], long[split]["probability"], atol=1e-5
        )

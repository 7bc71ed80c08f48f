"""Other collections are predicted as val and test are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_csv, write_csv
from lesion_pipeline.images import read_image
from lesion_pipeline.inference.external import predict_all_external
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.pieces import Pieces
from lesion_pipeline.inference.tta import turned
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.sources.collection import LOCAL, Collection
from lesion_pipeline.vocabulary import UNDIAGNOSED
from tests import tiny
from tests.serve.pictures import draw

pytestmark = pytest.mark.slow
IMAGES = 40  # more than a batch
DIAGNOSES = np.resize(["mel", "nv", "bkl"], IMAGES)

COLLECTION = Collection(
    source="clinic", generated=False, malignant=("mel",), images=IMAGES, lesions=IMAGES,
    attribution=LOCAL,
)  # fmt: skip


@pytest.fixture
def external(tmp_path: Path) -> Path:
    """A folder with one collection, `clinic`, of which the fifth image is damaged."""
    folder = tmp_path / "external/clinic"
    ids = [f"c{number}" for number in range(IMAGES)]
    (folder / "images").mkdir(parents=True)
    for number, image_id in enumerate(ids):
        draw(folder / "images" / f"{image_id}.png", number)
    (folder / "images/c4.png").write_bytes(b"no image")
    table = pd.DataFrame({"image_id": ids, "lesion_id": ids, "dx": DIAGNOSES, "age": 40})
    write_csv(folder / "metadata.csv", table)
    COLLECTION.write(folder / "collection.json")
    return folder.parent


@pytest.mark.parametrize("tta", [1, 4])
def test_each_image_has_its_probability(
    tta: Copies, lite0: Network, records: Records, external: Path
) -> None:
    network = tiny.make_untrained(lite0)
    found = predict_all_external(network, external, records.manifest, tta, workers=2)["clinic"]
    assert list(found.unreadable) == ["c4"] and "can't be decoded" in found.unreadable["c4"]
    assert found.table["image_id"].tolist() == [f"c{n}" for n in range(IMAGES) if n != 4]
    assert found.table["label"].tolist() == [int(dx == "mel") for dx in np.delete(DIAGNOSES, 4)]
    image = read_image(external / "clinic/images/c30.png", tiny.SIZE, records.manifest.resize)
    copies = np.concatenate(turned(image[None], tta))
    alone = Pieces(network, 1).from_images([copies]).mean(axis=0)
    row = found.table.set_index("image_id").loc["c30"]
    np.testing.assert_allclose(row[list(network.manifest.outputs)].astype(float), alone, atol=2e-6)
    assert row["probability"] == pytest.approx(row[list(tiny.MALIGNANT)].sum(), abs=2e-6)


def test_labels_are_by_the_words_of_the_collection_itself(
    lite0: Network, records: Records, external: Path
) -> None:
    """The network predicts diagnoses, and the other collection has none."""
    table = read_csv(external / "clinic/metadata.csv", image_id="str")
    words = np.where(DIAGNOSES == "mel", "malignant", "benign")
    write_csv(external / "clinic/metadata.csv", table.assign(dx=words))
    collection = COLLECTION.model_copy(update={"malignant": UNDIAGNOSED})
    collection.write(external / "clinic/collection.json")
    network = tiny.make_untrained(lite0)
    found = predict_all_external(network, external, records.manifest, 1, workers=2)["clinic"]
    assert found.table["label"].tolist() == [int(dx == "mel") for dx in np.delete(DIAGNOSES, 4)]


def test_without_other_collections_nothing_is_built(records: Records, tmp_path: Path) -> None:
    network = tiny.make_untrained(tiny.make_small_backbone())
    assert predict_all_external(network, tmp_path, records.manifest, 1, workers=1) == {}


def test_too_many_damaged_images_stop_the_stage(
    lite0: Network, records: Records, external: Path
) -> None:
    for number in (7, 11):
        (external / f"clinic/images/c{number}.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"^clinic: 3 of 40 images can't be read: c4: can't be"):
        predict_all_external(tiny.make_untrained(lite0), external, records.manifest, 1, workers=2)

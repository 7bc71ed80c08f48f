import shutil
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.web.hidden import HiddenLayer
from lesion_pipeline.web.index import make_index, similar_network
from lesion_pipeline.web.pictures import decoded
from lesion_pipeline.web.similar import SimilarIndex, network_hash


def test_training_images_are_in_it_and_no_others(
    index_file: Path, bundle_of_diagnoses: Path, pictures: Path
) -> None:
    from lesion_pipeline.bundle.manifest import read_manifest

    file = similar_network(bundle_of_diagnoses)
    index = SimilarIndex.load(index_file, network_hash(file))
    names = [path.stem for path in sorted(pictures.iterdir())]
    assert index.image_ids == tuple(names[:20])
    assert index.diagnoses[:4] == ("nv", "mel", "mel", "nv")
    contract = read_manifest(bundle_of_diagnoses).image
    image = decoded((pictures / f"{names[7]}.jpg").read_bytes(), contract, 10**6)
    found = index.nearest(HiddenLayer(file).of(image), 20)
    similarity = {each.image_id: each.similarity for each in found}
    # The small network has eight hidden units: other images may be as similar as the same one.
    assert similarity[names[7]] == pytest.approx(found[0].similarity, abs=1e-3)
    assert 0.999 <= found[0].similarity <= 1


def test_what_is_missing_is_named(
    bundle_of_diagnoses: Path, pictures: Path, tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    with pytest.raises(DataError, match=r"t\.csv not found: run `dvc repro split`"):
        make_index(bundle_of_diagnoses, pictures, table)
    table.write_text("image_id\n")
    with pytest.raises(DataError, match=r"t\.csv: missing columns dx, split"):
        make_index(bundle_of_diagnoses, pictures, table)
    table.write_text("image_id,dx,split\nx,nv,train\n")
    with pytest.raises(DataError, match=r"has none of the training images of .*t\.csv"):
        make_index(bundle_of_diagnoses, pictures, table)
    shutil.copy(bundle_of_diagnoses / "bundle.json", tmp_path)
    with pytest.raises(BundleError, match=r"similar images need .*model\.tflite: add tflite"):
        make_index(tmp_path, pictures, table)

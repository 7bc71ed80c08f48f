"""That formats give the same probabilities, and that it is noticed where they don't."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.runtimes import load_runtime
from lesion_pipeline.bundle.verify import spread, verify
from lesion_pipeline.core.errors import BundleError, DataError, ModelError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, malignancy
from lesion_pipeline.records.tfrecords import Records
from tests.tiny_bundle import EXPORT

pytestmark = pytest.mark.slow

ALL = EXPORT.model_copy(update={"formats": tuple(FORMATS)})
THRESHOLD = 0.5


@pytest.fixture(scope="module")
def val(many_formats: Path, records: Records) -> pd.DataFrame:
    """Keras' predictions for val, as the stage predict writes them."""
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    outputs = load_runtime(many_formats, "keras")(images).astype(np.float64)
    each = dict(zip(DIAGNOSES, outputs.T, strict=True))
    return records.index("val").assign(probability=malignancy(outputs, MALIGNANT), **each)


def copy(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target / "bundle"))


def test_every_format_stays_within_its_allowance(
    many_formats: Path, records: Records, val: pd.DataFrame
) -> None:
    found = verify(many_formats, ALL, records, val, THRESHOLD)
    assert tuple(found) == tuple(FORMATS)
    for name in ("keras", "saved_model", "tflite", "onnx"):
        assert found[name].max_probability_difference == 1e-5
        assert found[name].same_decisions == 1
    assert 1e-5 <= found["tflite_float16"].max_probability_difference <= 1e-2
    assert 1e-4 <= found["tflite_int8"].max_probability_difference <= 0.1
    assert found["tflite"].bytes == (many_formats / "model.tflite").stat().st_size
    assert found["saved_model"].bytes > found["tflite"].bytes > found["tflite_int8"].bytes


def test_a_binary_network_too(lite0_formats: Path, records: Records) -> None:
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    outputs = load_runtime(lite0_formats, "keras")(images)[:, 0]
    val = records.index("val").assign(probability=outputs.astype(np.float64))
    params = EXPORT.model_copy(update={"formats": ("keras", "tflite", "onnx")})
    found = verify(lite0_formats, params, records, val, THRESHOLD)
    assert {report.max_probability_difference for report in found.values()} == {1e-5}


def test_other_weights_are_found_out(
    many_formats: Path, records: Records, val: pd.DataFrame, tmp_path: Path
) -> None:
    """A file whose weights were damaged so that it still loads and predicts."""
    folder = copy(many_formats, tmp_path)
    content = bytearray((folder / "model.tflite").read_bytes())
    middle = len(content) // 2 & ~3  # of the weights, which are nearly all of the file
    for place in range(middle, middle + 4000, 4):
        content[place + 3] ^= 0x80  # the sign of a float32
    (folder / "model.tflite").write_bytes(content)
    params = EXPORT.model_copy(update={"formats": ("tflite",)})
    with pytest.raises(ModelError) as error:
        verify(folder, params, records, val, THRESHOLD)
    assert re.fullmatch(
        r"tflite: export\.max_probability_difference is 0\.0001, but on 12 images of val "
        r"probabilities move by up to 0\.\d+, ROC-AUC by [+-][\d.]+, and [\d.]+% of the "
        r"decisions stay",
        str(error.value),
    )


def test_all_that_depart_are_named(many_formats: Path, records: Records, val: pd.DataFrame) -> None:
    moved = val.assign(nv=(val["nv"] + 0.01).clip(upper=1))
    with pytest.raises(ModelError) as error:
        verify(many_formats, ALL, records, moved, THRESHOLD)
    lines = str(error.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["tflite", "onnx", "keras", "saved_model"]
    assert "probabilities move by up to 0.01, ROC-AUC by +0, and 100.00%" in lines[0]


def test_a_format_of_reduced_precision_is_held_to_its_ranking(
    many_formats: Path, records: Records, val: pd.DataFrame
) -> None:
    """Predictions that rank perfectly, which this untrained network doesn't."""
    label = val["label"].to_numpy(float)
    ideal = val.assign(**{name: 0.0 for name in DIAGNOSES}).assign(mel=label, nv=1 - label)
    params = EXPORT.model_copy(update={"formats": ("tflite_int8",)})
    message = r"tflite_int8: export\.max_auc_drop is 0\.02, but on 12 images of val"
    with pytest.raises(ModelError, match=message):
        verify(many_formats, params, records, ideal, THRESHOLD)
    lenient = params.model_copy(update={"max_auc_drop": 1.0})
    assert verify(many_formats, lenient, records, ideal, THRESHOLD)


def test_a_format_of_reduced_precision_may_rank_better(
    many_formats: Path, records: Records, val: pd.DataFrame
) -> None:
    label = 1 - val["label"].to_numpy()  # so that this untrained network ranks well
    worst = val.assign(label=label, **{name: 0.0 for name in DIAGNOSES})
    worst = worst.assign(mel=1.0 - label, nv=label.astype(float))
    params = EXPORT.model_copy(update={"formats": ("tflite_int8",)})
    found = verify(many_formats, params, records, worst, THRESHOLD)
    assert found["tflite_int8"].roc_auc_difference > params.max_auc_drop


def test_a_format_that_gives_no_number_is_no_use(
    many_formats: Path, records: Records, val: pd.DataFrame, tmp_path: Path
) -> None:
    folder = copy(many_formats, tmp_path)
    content = bytearray((folder / "model.tflite").read_bytes())
    middle = len(content) // 2 & ~3
    content[middle : middle + 4000] = np.full(1000, np.nan, "<f4").tobytes()
    (folder / "model.tflite").write_bytes(content)
    params = EXPORT.model_copy(update={"formats": ("tflite",)})
    with pytest.raises(ModelError, match=r"^model\.tflite is no use: "):
        verify(folder, params, records, val, THRESHOLD)


def test_predictions_of_other_images_are_refused(
    many_formats: Path, records: Records, val: pd.DataFrame
) -> None:
    with pytest.raises(DataError, match="not of the images of val, or in another order"):
        verify(many_formats, ALL, records, val[::-1], THRESHOLD)


def test_only_a_reduced_format_is_compared_on_all_of_val(
    many_formats: Path, records: Records, val: pd.DataFrame
) -> None:
    """With predictions that are wrong for an image that `spread` leaves out."""
    params = EXPORT.model_copy(
        update={"formats": ("keras", "tflite_int8", "tflite"), "verified_images": 5}
    )
    kept = spread(val["label"].to_numpy(np.int64), 5)
    left_out = int(np.flatnonzero(~kept)[0])
    moved = val.assign(nv=val["nv"].where(val.index != left_out, 0.9))
    found = verify(many_formats, params, records, moved, THRESHOLD)
    assert {name: report.images for name, report in found.items()} == {
        "keras": 5, "tflite_int8": len(val), "tflite": 5
    }  # fmt: skip
    assert found["keras"].max_probability_difference == 1e-5
    assert found["tflite_int8"].max_probability_difference > 0.1
    moved = val.assign(nv=val["nv"].where(val.index != np.flatnonzero(kept)[2], 0.9))
    with pytest.raises(ModelError, match=r"^keras: export.max_probability_difference is 0.0001"):
        verify(many_formats, params, records, moved, THRESHOLD)


@pytest.mark.parametrize(
    ("count", "rows"), [(2, [0, 4]), (3, [0, 2, 4]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])]
)
def test_images_are_chosen_evenly_over_both_classes(count: int, rows: list[int]) -> None:
    sorted_labels = np.array([0, 0, 0, 1, 1])
    assert np.flatnonzero(spread(sorted_labels, count)).tolist() == rows
    other_order = np.array([1, 0, 0, 1, 0])
    chosen = spread(other_order, count)
    assert chosen.sum() == len(rows) and set(other_order[chosen]) == {0, 1}


def test_a_missing_file_is_named(
    many_formats: Path, records: Records, val: pd.DataFrame, tmp_path: Path
) -> None:
    folder = copy(many_formats, tmp_path)
    (folder / "model.onnx").unlink()
    with pytest.raises(BundleError, match=r"model\.onnx not found"):
        verify(folder, ALL, records, val, THRESHOLD)

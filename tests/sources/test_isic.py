"""The ISIC 2018 challenge's files become HAM10000's table."""

import hashlib
import io
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.isic import challenge_table, isic
from lesion_pipeline.sources.local import TABLES
from lesion_pipeline.sources.params import IsicParams
from lesion_pipeline.sources.transfer import RetryPolicy
from tests.sources.server import Storage
from tests.sources.sources import Files, serve_isic, zipped

QUICK = RetryPolicy(attempts=2, timeout_s=20, pause_s=0.01)
TRUTH = "ISIC2018_Task3_Training_GroundTruth.zip"
LESIONS = "ISIC2018_Task3_Training_LesionGroupings.csv"
HEADER = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC"


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text.replace(" ", "\n")), dtype=str)


def truth(*rows: str) -> pd.DataFrame:
    return table("\n".join([HEADER, *rows]))


def lesions(*rows: str) -> pd.DataFrame:
    return table_of(["image", "lesion_id", "diagnosis_confirm_type"], rows)


def table_of(columns: list[str], rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([row.split(",") for row in rows], columns=columns)


ONE = truth("I1,0.0,1.0,0.0,0.0,0.0,0.0,0.0", "I2,1.0,0.0,0.0,0.0,0.0,0.0,0.0")
LESIONS_OF_ONE = lesions("I2,L2,histopathology", "I1,L1,single image expert consensus")


def test_columns_become_a_diagnosis_and_the_rest_stays_empty() -> None:
    result = challenge_table(ONE, LESIONS_OF_ONE)
    assert result.to_csv(index=False) == (
        "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
        "L1,I1,nv,consensus,,,\n"
        "L2,I2,mel,histo,,,\n"
    )


@pytest.mark.parametrize("column", range(1, 8))
def test_each_diagnosis(column: int) -> None:
    ones = ["0"] * 7
    ones[column - 1] = "1"
    result = challenge_table(truth(",".join(["I1", *ones])), lesions("I1,L1,x"))
    assert result["dx"].tolist() == [HEADER.split(",")[column].lower()]


@pytest.mark.parametrize(
    ("confirmed_by", "dx_type"),
    [
        ("serial imaging showing no change", "follow_up"),
        ("confocal microscopy with consensus dermoscopy", "confocal"),
        ("something new", "something new"),
        ("", ""),
    ],
)
def test_how_a_diagnosis_was_confirmed(confirmed_by: str, dx_type: str) -> None:
    rows = truth("I1,0,1,0,0,0,0,0")
    assert challenge_table(rows, lesions(f"I1,L1,{confirmed_by}"))["dx_type"].tolist() == [dx_type]


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (ONE.drop(columns=["DF"]), LESIONS_OF_ONE, f"{TRUTH}: missing column DF; found image, MEL"),
        (ONE, LESIONS_OF_ONE.drop(columns=["image"]), f"{LESIONS}: missing column image; found"),
        (ONE, LESIONS_OF_ONE.iloc[:1], f"{LESIONS}: lacks I1"),
        (ONE.iloc[:1], LESIONS_OF_ONE, f"{TRUTH}: lacks I2"),
        (pd.concat([ONE, ONE]), LESIONS_OF_ONE, f"{TRUTH}: twice I1, I2"),
        (ONE, pd.concat([LESIONS_OF_ONE] * 2), f"{LESIONS}: twice I2, I1"),
        (truth("I1,0,1,0,1,0,0,0"), lesions("I1,L1,x"), f"{TRUTH}: expected exactly one diag"),
        (truth("I1,0,0,0,0,0,0,0"), lesions("I1,L1,x"), "expected exactly one diagnosis of I1"),
        (truth("I1,0,yes,0,0,0,0,0"), lesions("I1,L1,x"), "expected exactly one diagnosis of I1"),
    ],
)
def test_tables_that_do_not_fit(first: pd.DataFrame, second: pd.DataFrame, problem: str) -> None:
    with pytest.raises(DataError) as error:
        challenge_table(first, second)
    assert problem in str(error.value)


def test_the_challenge_from_its_bucket(storage: Storage, collection: Files, tmp_path: Path) -> None:
    serve_isic(storage, collection)
    delivery = isic(IsicParams(url=storage.url), tmp_path, QUICK)
    archive, converted = delivery.sources
    assert archive.name == "ISIC2018_Task3_Training_Input.zip" and converted.name in TABLES
    result = pd.read_csv(converted)
    same = ["lesion_id", "image_id", "dx", "dx_type"]
    pd.testing.assert_frame_equal(result[same], collection.table[same], check_dtype=False)
    assert result[["age", "sex", "localization"]].isna().all(axis=None)
    for file in delivery.attribution.files:
        content = (tmp_path / "isic2018-task3" / file.name).read_bytes()
        assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert "no checksums" in str(delivery.attribution.remark)
    storage.asked.clear()
    assert isic(IsicParams(url=storage.url), tmp_path, QUICK) == delivery
    assert storage.asked == []


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"LICENSE.txt": b""}, "expected one CSV file, found none"),
        ({"a.csv": b"x", "b/b.csv": b"x"}, "expected one CSV file, found a.csv, b/b.csv"),
        ({"a.csv": b""}, f"{TRUTH} is empty"),
        ({"a.csv": b"\xff\xfe\x00"}, f"{TRUTH}: byte 0xff in line 1 is not UTF-8"),
        ({"a.csv": HEADER.encode()}, f"{TRUTH}: no rows"),
        ({"a.csv": f"{HEADER}\nI,1,0,0,0,0,0,0".encode()}, f"{TRUTH}: lacks I_akiec_0_0"),
    ],
)
def test_a_truth_of_another_kind(
    storage: Storage,
    collection: Files,
    tmp_path: Path,
    members: dict[str, bytes],
    problem: str,
) -> None:
    serve_isic(storage, collection)
    storage.files[f"/2018/{TRUTH}"] = zipped(members)
    with pytest.raises(DataError) as error:
        isic(IsicParams(url=storage.url), tmp_path, QUICK)
    assert problem in str(error.value)

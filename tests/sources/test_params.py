"""Section `fetch`: what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.sources.params import DataverseParams, external_name
from lesion_pipeline.tables.params import OURS
from tests.sources.sources import fetch_params


def test_malignant_diagnoses_come_in_the_order_of_all() -> None:
    assert fetch_params("sample", malignant=["mel", "bkl"]).malignant == ("bkl", "mel")


@pytest.mark.parametrize("names", [[], ["melanoma"], ["mel", "mel"], list(DIAGNOSES), "mel"])
def test_what_is_malignant_must_be_some_diagnoses(names: Any) -> None:
    with pytest.raises(ValidationError, match=r"^1 validation error for \w+\nmalignant\n"):
        fetch_params("sample", malignant=names)


@pytest.mark.parametrize("version", ["latest", "4", "", "4.0.1", 4.0])
def test_a_version_has_two_numbers(version: object) -> None:
    with pytest.raises(ValidationError):
        DataverseParams.model_validate({"version": version, "url": None})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"source": "local"}, "source local needs path, a folder or a zip file"),
        ({"source": "local", "path": ""}, "source local needs path, a folder or a zip file"),
        ({"source": "web"}, "Input should be 'sample', 'local', 'dataverse', 'isic' or 'kaggle'"),
        ({"table": "a.csv"}, "table is for source local; sample has its own, received 'a.csv'"),
        ({"external": "isic2019"}, "Input should be 'isic2018_test'"),
        ({"external": [{"name": "A b", "path": "x"}]}, "external.0.ExternalParams.name"),
        ({"external": [{"name": "a"}]}, "external.0.ExternalParams.path"),
        (
            {"external": [{"name": "a", "path": "x"}, {"name": "a", "path": "y"}]},
            "expected different names, received a twice",
        ),
        (
            {"limit_lesions": 60},
            "limit_lesions is for other sources; for the sample, sample.lesion",
        ),
        ({"source": "local", "path": "x", "limit_lesions": 48}, "greater than or equal to 49"),
        ({"diagnoses": {"melanoma": "melanom"}}, "expected one of akiec, bcc, bkl, df, mel, nv, v"),
        ({"columns": OURS.columns.model_dump() | {"dx": None}}, "Input should be a valid string"),
        ({"sample": {"lesions": 13, "jpeg_quality": 90, "seed": 1}}, "greater than or equal to 14"),
        ({"sample": {"lesions": 28, "jpeg_quality": 96, "seed": 1}}, "less than or equal to 95"),
    ],
)
def test_wrong_params_are_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        fetch_params(**({"source": "sample"} | changes))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, []),
        ("isic2018_test", ["isic2018_test"]),
        (["isic2018_test", {"name": "clinic", "path": "/a/folder"}], ["isic2018_test", "clinic"]),
    ],
)
def test_other_collections_are_a_list_one_or_none(value: Any, names: list[str]) -> None:
    found = fetch_params("sample", external=value).external
    assert [external_name(collection) for collection in found] == names
    assert all(isinstance(each, str) or each.columns == OURS.columns for each in found)

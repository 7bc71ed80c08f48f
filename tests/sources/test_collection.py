"""Facts of a collection, and how they are written."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.sources.collection import (
    GENERATED,
    LOCAL,
    Attribution,
    Collection,
    FetchSummary,
    SourceFile,
)

FILE = SourceFile(name="a.zip", size=3, md5="0" * 32, sha256="1" * 64)
WHOLE = Attribution(
    title="Title", source="here", licence="CC0", citation="Somebody 2020", version="4.0",
    date="2023-02-07", files=(FILE,), remark="A remark.",
)  # fmt: skip
COLLECTION = Collection(
    source="dataverse", generated=False, malignant=("bcc", "mel"), images=5, lesions=3,
    attribution=WHOLE,
)  # fmt: skip


def test_all_that_is_known_is_in_the_text() -> None:
    assert WHOLE.text() == (
        "# Title\n\n- Source: here\n- Version: 4.0\n- Published: 2023-02-07\n- Licence: CC0\n"
        "- Cite: Somebody 2020\n\n| file | bytes | MD5 | SHA-256 |\n|---|---|---|---|\n"
        f"| a.zip | 3 | {'0' * 32} | {'1' * 64} |\n\nA remark.\n"
    )


def test_what_is_unknown_is_left_out() -> None:
    assert GENERATED.text().count("\n") == 4  # title, empty line, source, licence
    assert list(GENERATED.model_dump()) == ["title", "source", "licence"]
    known = Attribution(title="T", source="s", licence="l", citation=None, files=())
    assert known.model_dump() == {"title": "T", "source": "s", "licence": "l"}


@pytest.mark.parametrize("attribution", [WHOLE, GENERATED])
def test_a_collection_is_read_as_it_was_written(attribution: Attribution, tmp_path: Path) -> None:
    collection = COLLECTION.model_copy(update={"attribution": attribution})
    collection.write(tmp_path / "collection.json")
    assert Collection.read(tmp_path / "collection.json") == collection


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    COLLECTION.write(tmp_path / "collection.json")
    content = read_json(tmp_path / "collection.json")
    del content["malignant"]
    write_json(tmp_path / "collection.json", content)
    with pytest.raises(DataError, match=r"collection\.json: malignant: Field required"):
        Collection.read(tmp_path / "collection.json")


def test_the_summary_has_the_second_collection_or_none(tmp_path: Path) -> None:
    labels = {"mel": 3, "bcc": 2}
    FetchSummary(**dict(COLLECTION), labels=labels, external={}).write(tmp_path / "fetch.json")
    content = read_json(tmp_path / "fetch.json")
    assert content == COLLECTION.model_dump(mode="json") | {"labels": labels, "external": {}}


@pytest.mark.parametrize(
    ("df", "warning"), [(1, ""), (0, "\nWarning: no image is labelled df, vasc")]
)
def test_a_diagnosis_without_an_image_is_told(df: int, warning: str) -> None:
    labels = {"mel": 5, "df": df, "vasc": df}
    summary = FetchSummary(**dict(COLLECTION), labels=labels, external={})
    assert str(summary) == f"5 images of 3 lesions from dataverse{warning}"


def test_what_a_user_states_replaces_what_the_source_knows() -> None:
    assert WHOLE.stated(None, None, None) == WHOLE
    stated = WHOLE.stated("Mine", "CC BY 4.0", "Me 2026")
    assert (stated.title, stated.licence, stated.citation) == ("Mine", "CC BY 4.0", "Me 2026")
    assert (stated.source, stated.version, stated.remark) == ("here", "4.0", "A remark.")


@pytest.mark.parametrize(
    ("title", "licence", "kept"),
    [(None, None, True), ("HAM10000", None, True), ("Clinic", None, False), (None, "CC0", False)],
)
def test_the_remark_on_ham10000_goes_when_the_images_are_others(
    title: str | None, licence: str | None, kept: bool
) -> None:
    assert LOCAL.stated(title, licence, None).remark == (LOCAL.remark if kept else None)


def test_what_a_user_states_is_written(tmp_path: Path) -> None:
    attribution = LOCAL.stated("Mine", "CC BY 4.0", "Me 2026")
    collection = COLLECTION.model_copy(update={"attribution": attribution})
    collection.write(tmp_path / "collection.json")
    assert Collection.read(tmp_path / "collection.json").attribution == attribution


@pytest.mark.parametrize(
    ("source", "title", "known"),
    [
        ("isic", "T", True), ("kaggle", "T", True), ("dataverse", "T", True),
        ("local", "HAM10000", True), ("local", "T", False), ("sample", "T", False),
    ],
)  # fmt: skip
def test_ham10000_is_known_by_source_or_title(source: str, title: str, known: bool) -> None:
    attribution = WHOLE.model_copy(update={"title": title})
    changes = {"source": source, "attribution": attribution}
    assert COLLECTION.model_copy(update=changes).is_ham10000 == known

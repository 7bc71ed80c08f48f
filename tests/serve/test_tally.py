"""What is told after the rows."""

from lesion_pipeline.core.labels import MALIGNANT
from lesion_pipeline.serve.predict import Row
from lesion_pipeline.serve.tally import SHOWN, Tally


def tally_of(*rows: Row) -> Tally:
    tally = Tally(MALIGNANT)
    assert list(tally.watch(iter(rows))) == list(rows)
    return tally


def row(diagnosis: str | None, label: int | None, error: str | None = None) -> Row:
    return {"image": "a.jpg", "diagnosis": diagnosis, "predicted_label": label, "error": error}


def test_failures_are_named_and_beyond_some_counted() -> None:
    assert tally_of(row("nv", 0)).failed() == []
    bad = row(None, None, "no such file")
    assert tally_of(bad, row("nv", 0), bad).failed() == ["a.jpg: no such file"] * 2
    lines = tally_of(*[bad] * (SHOWN + 2)).failed()
    assert lines[SHOWN:] == ["and 2 others: see the column error"]


def test_a_class_that_is_not_that_of_the_diagnosis_is_explained() -> None:
    same = (row("nv", 0), row("mel", 1), row("df", None), row(None, None, "bad"))
    assert tally_of(*same).note() == ""
    assert tally_of({"image": "a.jpg", "predicted_label": 1, "error": None}).note() == ""
    assert tally_of(*same, row("df", 1), row("bcc", 0)).note() == (
        "note: 2 images with a predicted class that isn't that of the most probable diagnosis: the "
        "class depends on whether the probabilities of akiec, bcc, mel together reach the "
        "threshold, not on which diagnosis is most probable"
    )

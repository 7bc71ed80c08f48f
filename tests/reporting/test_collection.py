from dataclasses import replace
from pathlib import Path

from lesion_pipeline.leakage.results import SameLesion
from lesion_pipeline.reporting.collection import audit, cohort, data, flow
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.scores.flow import LeftOut
from lesion_pipeline.sources.collection import SourceFile

FILE = SourceFile(name="a.zip", size=1234, md5="0" * 32, sha256="f" * 64)


def words(blocks: tuple[object, ...]) -> str:
    return "\n".join(block for block in blocks if isinstance(block, str))


def test_what_was_downloaded_is_listed(facts: ReportFacts, tmp_path: Path) -> None:
    attribution = facts.manifest.data.attribution.model_copy(update={"files": (FILE,)})
    found = facts.manifest.data.model_copy(update={"attribution": attribution})
    manifest = facts.manifest.model_copy(update={"data": found})
    assert f"| a.zip | 1,234 | `{'f' * 64}` |" in words(
        data(replace(facts, manifest=manifest)).blocks
    )
    assert "a.zip" not in words(data(facts).blocks)


def test_images_that_are_not_drawn_are_explained(facts: ReportFacts, tmp_path: Path) -> None:
    assert "may show patients" not in words(data(facts).blocks)
    assert "may show patients" in words(data(replace(facts, pictures=tmp_path)).blocks)


def test_the_flow_in_numbers(facts: ReportFacts) -> None:
    left = facts.flow.model_copy(
        update={"left_out": (LeftOut(reason="too small", images=3),), "merged": 2}
    )
    shown = words(flow(replace(facts, flow=left)).blocks)
    for row in (
        "| collection | 120 | 120 |", "| left out: too small |  | 3 |", "| used | 120 | 120 |",
        "| merged with another id of the same lesion | 2 |  |",
        "| val: benign | 19 | 19 |", "| test: malignant | 19 | 19 |",
    ):  # fmt: skip
        assert row in shown
    assert "left out" not in words(flow(facts).blocks)


def test_table_1_has_no_title_of_its_own(facts: ReportFacts) -> None:
    (text,) = cohort(facts).blocks
    assert str(text).startswith("|  | train | val | test | all |")


def test_the_audit_says_what_it_can_not_find(facts: ReportFacts) -> None:
    shown = words(audit(facts).blocks)
    assert "0 train and val, 2 train and test, 0 val and test, 1 within a split" in shown
    assert "by perceptual hash. Lesions" in shown  # features weren't compared
    assert "of 8 pairs of images" in shown and "finds 25.0%. What it" in shown
    nothing = SameLesion(pairs_of_images=0, found_by_hash=None, found_by_similarity=None)
    unknown = facts.audit.model_copy(update={"same_lesion": nothing})
    assert "How much such a search" not in words(audit(replace(facts, audit=unknown)).blocks)

"""Chapters on the collection: data, flow, Table 1, audit."""

from typing import Final

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.bundle.card.data import data_section
from lesion_pipeline.core.labels import CLASSES
from lesion_pipeline.leakage.results import AuditSummary
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.page import Chapter
from lesion_pipeline.reporting.pictures import Shown, drawn
from lesion_pipeline.reporting.prose import without_heading
from lesion_pipeline.scores.flow import LesionFlow
from lesion_pipeline.sources.collection import Attribution

_NO_PICTURES: Final = (
    "Images of the collection are not shown, as they may show patients. "
    "`pictures.real_images=true` draws them; look at their terms before you pass any on."
)
_JUDGE: Final = (
    "These are candidates, not findings: a person has to look at them. Lesions that turn out to be "
    "the same can be named in `split.same_lesion_pairs`, and are then kept together."
)


def data(facts: ReportFacts) -> Chapter:
    """Return whose images these are, how many, and what they look like."""
    shown = drawn(facts.pictures, "explore/examples") is not None
    blocks = (
        data_section(facts.manifest.data),
        _files(facts.manifest.data.attribution),
        (
            Shown("explore/diagnoses", "Images by diagnosis and split; counts are in Table 1.",
                  "Images by diagnosis and split, on a logarithmic axis."),
            Shown("explore/age", "Histogram of age for benign and malignant images.",
                  "Age, benign and malignant images."),
            Shown("explore/examples", "Some images of each diagnosis, one row each.",
                  "Some images of each diagnosis.", wide=True),
        ),
        "" if shown else _NO_PICTURES,
    )  # fmt: skip
    return Chapter("data", "Data and attribution", blocks)


def flow(facts: ReportFacts) -> Chapter:
    """Return what became of the lesions, as a diagram and as a table."""
    alt = "Flow diagram; the table below has its numbers."
    caption = "From the collection to the splits. Lesions are counted, as persons aren't named."
    chart = Shown("draw/flow", alt, caption, wide=True)
    return Chapter("flow", "Flow of lesions", ((chart,), _flow_table(facts.flow)))


def cohort(facts: ReportFacts) -> Chapter:
    """Return Table 1."""
    text = without_heading(facts.documents["cohort"])
    return Chapter("table-1", "Table 1: the lesions by split", (text,))


def audit(facts: ReportFacts) -> Chapter:
    """Return which lesions look alike."""
    found = facts.audit
    closest = Shown(
        "audit/closest",
        "Pairs of images of different lesions that look alike, side by side.",
        "Different lesions that look alike, the most similar first.",
        wide=True,
    )
    return Chapter("audit", "Audit: do images leak between splits?", (
        f"{found.images:,} images were compared by perceptual hash"
        + (" and by features of the network" if found.found_by.similarity is not None else "")
        + f". Lesions that are in more than one split: {found.lesions_in_two_splits}. Pairs of "
        f"different lesions that look alike: {found}. {_JUDGE}",
        _recall(found),
        (closest,),
    ))  # fmt: skip


def _files(attribution: Attribution) -> str:
    rows = [(file.name, f"{file.size:,}", f"`{file.sha256}`") for file in attribution.files]
    return table(("file", "bytes", "SHA-256"), rows) if rows else ""


def _flow_table(flow: LesionFlow) -> str:
    rows: list[tuple[object, ...]] = [
        ("collection", flow.collection.lesions, flow.collection.images),
        *((f"left out: {each.reason}", "", each.images) for each in flow.left_out),
        *([("merged with another id of the same lesion", flow.merged, "")] if flow.merged else []),
        ("used", flow.used().lesions, flow.used().images),
    ]
    for split, classes in flow.splits.items():
        rows += [(f"{split}: {n}", classes[n].lesions, classes[n].images) for n in CLASSES]
    return table(("", "lesions", "images"), rows)


def _recall(found: AuditSummary) -> str:
    known, by_hash = found.same_lesion.pairs_of_images, found.same_lesion.found_by_hash
    by_features = found.same_lesion.found_by_similarity
    if not known or by_hash is None:
        return ""
    features = "" if by_features is None else f", of features {by_features:.1%}"
    return (
        f"How much such a search finds: of {known:,} pairs of images that are known to show the "
        f"same lesion, the limit of hashes finds {by_hash:.1%}{features}. What it doesn't list may "
        "still be there."
    )

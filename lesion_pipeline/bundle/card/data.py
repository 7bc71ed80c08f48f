"""Sections of the model card that depend on the collection: intended use, data, limits."""

from typing import Final

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.bundle.results import DataSummary
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
from lesion_pipeline.sources.collection import Attribution
from lesion_pipeline.splitting.summary import Counts
from lesion_pipeline.vocabulary import has_diagnoses

_USES: Final = (
    "For trying out, teaching and comparing methods of classification on dermoscopic images of "
    "single pigmented lesions, taken in the way of {}. Not for diagnosis, triage or advice of any "
    "kind; not for photographs without a dermatoscope; not for other kinds of lesions, nor for "
    "mucosa and nails."
)
_IMAGES: Final = "It has seen one collection only, with its cameras, sites, ages and skin tones. {}"
_HAM10000_IMAGES: Final = (
    "HAM10000 comes from a clinic in Austria and a practice in Australia, over some twenty years. "
    "It has hardly any darker skin, and skin tones were not recorded, so how the network performs "
    "there can't be measured."
)
_OWN_IMAGES: Final = (
    "On images of other people, from other places or devices, it may perform worse without any "
    "sign of it; only labelled images from there can tell."
)
_HAM10000_LABELS: Final = (
    "All malignant lesions of HAM10000 are confirmed by histology, most benign ones by follow-up "
    "or by consensus of experts: part of the labels is opinion. Lesions that nobody would examine "
    "twice are missing."
)
_OWN_LABELS: Final = (
    "Its labels are those of the collection's table. Where they are opinion and not histology, "
    "the scores measure agreement with that opinion."
)
_DIAGNOSES: Final = (
    "It predicts seven diagnoses. Any other lesion is classified as benign or malignant, too."
)
_CLASSES: Final = (
    "It was told which lesions are malignant, not what they are: nothing is known about how well "
    "it finds a certain disease. Any other lesion is classified as benign or malignant all the "
    "same."
)
_FREQUENCY: Final = (
    "A probability holds for the frequency of malignant lesions in the training data ({}). "
    "`lesion predict --prevalence 0.02` shifts it to another frequency."
)


def uses_section(data: DataSummary) -> str:
    """Return what the network is for."""
    return _USES.format(
        "HAM10000's images" if data.is_ham10000 else "the images that it was trained on"
    )


def data_section(data: DataSummary) -> str:
    """Return whose images these are, and how many there are by split and class."""
    rows = [
        (split, *(_counts(part[name]) for name in CLASSES)) for split, part in data.split.items()
    ]
    return (
        f"Source: {data.source}, {data.images} images of {data.lesions} lesions, split by lesion. "
        f"Malignant: {_malignant(data)}. {_undecoded(data.bad_images)}\n\n"
        f"{_attribution(data.attribution)}\n\n" + table(("images (lesions)", *CLASSES), rows)
    )


def _undecoded(images: int) -> str:
    if not images:
        return "All images could be decoded."
    return f"{images} of the images could not be decoded; the scores below are without them."


def limits_section(data: DataSummary) -> str:
    """Return what the network doesn't know, as a list."""
    of_ham10000 = data.is_ham10000
    limits = (
        _IMAGES.format(_HAM10000_IMAGES if of_ham10000 else _OWN_IMAGES),
        _HAM10000_LABELS if of_ham10000 else _OWN_LABELS,
        _DIAGNOSES if has_diagnoses(data.malignant) else _CLASSES,
        _FREQUENCY.format(_frequency(data)),
        _terms(data),
    )
    return "\n".join(f"- {limit}" for limit in limits)


def _malignant(data: DataSummary) -> str:
    if has_diagnoses(data.malignant):
        return ", ".join(DIAGNOSES[dx] for dx in data.malignant)
    return "as the collection's table has it, which has no diagnoses"


def _counts(counts: Counts) -> str:
    return f"{counts.images} ({counts.lesions})"


def _attribution(attribution: Attribution) -> str:
    """Return whose images these are; facts that are not known are left out."""
    facts = (
        ("version", attribution.version),
        ("published", attribution.date),
        ("licence", attribution.licence),
        ("cite", attribution.citation),
    )
    known = "; ".join(f"{name}: {fact}" for name, fact in facts if fact)
    return f"{attribution.title}: {attribution.source}; {known}."


def _frequency(data: DataSummary) -> str:
    """Return the malignant fraction of the training images; of HAM10000 it is known to be high."""
    train = data.split["train"]
    fraction = train["malignant"].images / sum(train[name].images for name in CLASSES)
    return f"{fraction:.0%}" + (", far higher than in a practice" if data.is_ham10000 else "")


def _terms(data: DataSummary) -> str:
    if data.is_ham10000:
        return "Weights trained on HAM10000 (CC BY-NC 4.0) are best treated as non-commercial."
    return (
        "A network is best published on the terms of the images that it was trained on. Their "
        f"licence: {data.attribution.licence}."
    )

"""Facts of a collection: where it comes from, whose it is, which diagnoses are malignant."""

from typing import Any, Final, Self

from pydantic import SerializerFunctionWrapHandler, model_serializer

from lesion_pipeline.core.errors import listed
from lesion_pipeline.core.results import Count, Result

COLLECTION: Final = "collection.json"  # beside the collection's table
HAM10000_CITATION: Final = (
    "Tschandl P., Rosendahl C., Kittler H.: The HAM10000 dataset, a large collection of "
    "multi-source dermatoscopic images of common pigmented skin lesions. Sci. Data 5, 180161 "
    "(2018), doi 10.1038/sdata.2018.161"
)
HAM10000_LICENCE: Final = "CC BY-NC 4.0"
_HAM10000: Final = "HAM10000"
_IF_HAM10000: Final = f"If the images are HAM10000's: {HAM10000_LICENCE}. Cite: {HAM10000_CITATION}"


class SourceFile(Result):
    """A file that was downloaded: its name, size in bytes and checksums in hexadecimal."""

    name: str
    size: Count
    md5: str
    sha256: str


class Attribution(Result):
    """Whose images these are, as their source states it; nothing here reads the clock.

    Attributes:
        title: what it is.
        source: where it comes from, for people.
        licence: its terms.
        citation: what to cite, or None.
        version: the source's name for this state of it, or None.
        date: when the source published that, YYYY-MM-DD or YYYY, or None.
        files: what was downloaded.
        remark: what else to know, or None.
    """

    title: str
    source: str
    licence: str
    citation: str | None = None
    version: str | None = None
    date: str | None = None
    files: tuple[SourceFile, ...] = ()
    remark: str | None = None

    @model_serializer(mode="wrap")
    def _without_gaps(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what isn't known; `dvc plots` warns of each empty list in a file."""
        return {name: value for name, value in serialize(self).items() if value}

    def stated(self, title: str | None, licence: str | None, citation: str | None) -> Self:
        """Return it with what a user states; None leaves a value of the source."""
        facts = {"title": title, "licence": licence, "citation": citation}
        known = {name: fact for name, fact in facts.items() if fact}
        other = licence or (title and not title.startswith(_HAM10000))
        remark = {"remark": None} if other and self.remark == _IF_HAM10000 else {}
        return self.model_copy(update=known | remark)

    def text(self) -> str:
        """Return it for people, as Markdown ending in a line end."""
        facts = (
            ("Source", self.source),
            ("Version", self.version),
            ("Published", self.date),
            ("Licence", self.licence),
            ("Cite", self.citation),
        )
        lines = [f"# {self.title}", "", *(f"- {name}: {fact}" for name, fact in facts if fact)]
        if self.files:
            lines += ["", "| file | bytes | MD5 | SHA-256 |", "|---|---|---|---|"]
            lines += [f"| {f.name} | {f.size} | {f.md5} | {f.sha256} |" for f in self.files]
        lines += ["", self.remark] if self.remark else []
        return "\n".join(lines) + "\n"


GENERATED: Final = Attribution(
    title="Generated sample",
    source="drawn by this pipeline from a seed; without medical meaning",
    licence="MIT",
)
_OF_HAM10000: Final = ("dataverse", "isic", "kaggle")
LOCAL: Final = Attribution(
    title="A collection from this machine",
    source="a folder or zip file on this machine, named by fetch.path",
    licence="not known to this pipeline: whoever brought the images knows their terms",
    remark=_IF_HAM10000,
)


class Collection(Result):
    """A collection as `fetch` brought it.

    Attributes:
        source: a value of fetch.source, or a name in fetch.external.
        generated: whether a program drew the images, so that results have no medical meaning.
        malignant: the diagnoses that count as malignant, the others are benign; or `malignant`
            alone if the collection has no diagnoses (vocabulary.UNDIAGNOSED).
        images: how many.
        lesions: how many.
        attribution: whose they are.
    """

    source: str
    generated: bool
    malignant: tuple[str, ...]
    images: Count
    lesions: Count
    attribution: Attribution

    @property
    def is_ham10000(self) -> bool:
        """Whether the images are known to be HAM10000's: by their source, or by their title."""
        return self.source in _OF_HAM10000 or self.attribution.title.startswith(_HAM10000)


class FetchSummary(Collection):
    """The collection that `fetch` brought, and the others.

    Attributes:
        labels: images of each diagnosis, also of those without any; or benign and malignant.
        external: the other collections by name.
    """

    labels: dict[str, Count]
    external: dict[str, Collection]

    def __str__(self) -> str:
        """Return in a line what was brought, and in another what no image shows."""
        missing = [label for label, images in self.labels.items() if not images]
        warning = f"\nWarning: no image is labelled {listed(missing)}" if missing else ""
        return f"{self.images} images of {self.lesions} lesions from {self.source}{warning}"

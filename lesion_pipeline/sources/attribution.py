"""Whose images these are, on what terms, and which files they came in."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from lesion_pipeline.sources.download import Facts

HAM10000_CITATION: Final = (
    "Tschandl P., Rosendahl C., Kittler H.: The HAM10000 dataset, a large collection of "
    "multi-source dermatoscopic images of common pigmented skin lesions. Sci. Data 5, 180161 "
    "(2018), doi 10.1038/sdata.2018.161"
)
HAM10000_LICENCE: Final = "CC BY-NC 4.0"


@dataclass(frozen=True)
class Attribution:
    """Facts of a collection as its source has it; nothing here reads the clock.

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
    files: tuple[Facts, ...] = ()
    remark: str | None = None

    def summary(self) -> dict[str, Any]:
        """Give what there is of it, for JSON."""
        # Without empty lists: `dvc plots` warns of each that it finds in a file.
        return {name: fact for name, fact in asdict(self).items() if fact}

    def text(self) -> str:
        """Write it for people, as Markdown ending in a line end."""
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
LOCAL: Final = Attribution(
    title="A collection from this machine",
    source="a folder or zip file on this machine, named by fetch.path",
    licence="not known to this pipeline: whoever brought the images knows their terms",
    remark=f"If the images are HAM10000's: {HAM10000_LICENCE}. Cite: {HAM10000_CITATION}",
)

"""Chapters on lineage and limits: what the report was made from, and what it doesn't know."""

from typing import Final

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.bundle.card.data import limits_section, uses_section
from lesion_pipeline.bundle.card.files import files_section
from lesion_pipeline.core.kernels import Kernels
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.page import Chapter

_KERNELS: Final[dict[Kernels, str]] = {
    "portable": "portable: the same bytes on every x86-64 processor with AVX2",
    "native": "native: what was quickest on the processor that trained it",
}
_SAME: Final = (
    "dvc.lock names the same hashes for these paths, so they find the commit whose results these "
    "are: `git log -S<hash> -- dvc.lock`. Commit and date are not in this file, because it has the "
    "same bytes wherever it is built; `lesion report --html FILE` writes a copy that states "
    "them."
)
_SCORES: Final = (
    "Intervals show how much a score would change with other lesions of the same kind. They don't "
    "cover another training, another clinic, or the choice of the best of many networks: `lesion "
    "tested` counts how many were scored on test."
)


def lineage(facts: ReportFacts) -> Chapter:
    """Return versions, kernels, hashes and parameters."""
    manifest = facts.manifest
    rows = [
        ("kernels", _KERNELS[manifest.network.kernels]),
        ("weights before training", f"{manifest.network.weights.origin}: "
         f"{manifest.network.weights.source}"),
        *manifest.versions.items(),
        ("format of bundle.json", manifest.format),
    ]  # fmt: skip
    hashes = [(f"`{path}`", f"`{md5}`") for path, md5 in facts.hashes.items()]
    blocks = (
        table(("", "setting or version"), rows),
        f"### What this report was made from\n\n{table(('path', 'MD5, as DVC names it'), hashes)}"
        f"\n\n{_SAME}",
        "### The exported network\n\n" + files_section(manifest.formats),
    )
    return Chapter("lineage", "Lineage", blocks)


def parameters(facts: ReportFacts) -> Chapter:
    """Return params.yaml as it is."""
    text = f"All of params.yaml:\n\n~~~~~~\n{facts.params.rstrip()}\n~~~~~~\n"
    return Chapter("parameters", "Parameters", (text,))


def limits(facts: ReportFacts) -> Chapter:
    """Return what the network is for, and what isn't known about it."""
    data = facts.manifest.data
    text = f"{limits_section(data)}\n- {_SCORES}"
    return Chapter("limits", "Intended use and limits", (uses_section(data), text))

"""How many networks have been scored on test: in all commits, experiments and the working tree.

The more there are, the better the best of them looks on test by chance. The number depends on what
a repository has, not on a commit alone, so no stage can write it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.revisions.git import blobs
from lesion_pipeline.revisions.lock import LOCK, outputs_of, read_stages

GENERATED: Final = "sample"  # fetch.source of images without meaning


@dataclass(frozen=True)
class ScoredPaths:
    """Outputs in dvc.lock, relative to the repository.

    Attributes:
        predictions: of val and test; each other hash is another network or another test-time
            augmentation.
        split: which images are test.
    """

    predictions: Path
    split: Path


@dataclass(frozen=True)
class ScoredSplit:
    """A test part, and how often networks were scored on it.

    Attributes:
        split: MD5 of the split, as in dvc.lock.
        source: fetch.source of the collection.
        networks: how many different predictions there are.
    """

    split: str
    source: str
    networks: int

    def __str__(self) -> str:
        """Return a sentence."""
        remark = " (generated images)" if self.source == GENERATED else ""
        noun = "network has" if self.networks == 1 else "networks have"
        return (
            f"{self.networks} {noun} been scored on the test part of split {self.split[:7]}, "
            f"fetch.source {self.source}{remark}"
        )


def scored_splits(root: Path, places: ScoredPaths) -> list[ScoredSplit]:
    """Count the different predictions in every dvc.lock that the repository has.

    Args:
        root: the repository.
        places: of predictions and split.

    Returns:
        One for each split, the most used first. Experiments that were removed, and those of other
        clones, aren't known.

    Raises:
        DataError: it is no git repository.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for lock in _locks(root):
        stages = read_stages(lock)
        outputs = outputs_of(stages)
        predictions = outputs.get(places.predictions.as_posix())
        split = outputs.get(places.split.as_posix())
        if predictions:
            key = split.md5 if split else "unknown", _source(stages)
            found.setdefault(key, set()).add(predictions.md5)
    counts = [ScoredSplit(*key, networks=len(hashes)) for key, hashes in found.items()]
    return sorted(counts, key=lambda scored: (-scored.networks, scored.split))


def _locks(root: Path) -> Iterator[str]:
    """Yield each different dvc.lock of all refs, experiments included, and of the working tree."""
    yield from blobs(root, LOCK)
    if (root / LOCK).is_file():
        yield (root / LOCK).read_text(encoding="utf-8")


def _source(stages: dict[str, Any]) -> str:
    """Return fetch.source as it was when the stage ran."""
    params = stages.get("fetch", {}).get("params", {}).get("params.yaml", {})
    return str(params.get("fetch", {}).get("source", "unknown"))

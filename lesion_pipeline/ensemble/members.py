"""What the revisions of an ensemble predicted, for the same images in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import DIAGNOSES, LABEL, PROBABILITY
from lesion_pipeline.revisions.compare import Candidate
from lesion_pipeline.revisions.read import MissingFileError, Revision, RevisionPaths

PREDICTED: Final = ("val", "test")
# Val as the whole network predicts it, where val.csv has what members of a cross-fitted network
# predict for images of train and val that they were not trained on (docs/folds.md).
WHOLE_VAL: Final = "whole_val"
TABLES: Final = (*PREDICTED, WHOLE_VAL)
MOST: Final = 15  # members; all their subsets are 32,767
SHOWN: Final = 5  # offenders named in an error; there may be thousands

Outputs = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MemberPredictions:
    """Two or more networks that predicted the same images.

    Attributes:
        candidates: their predictions, every table in the order of the first one's.
    """

    candidates: tuple[Candidate, ...]

    @classmethod
    def read(cls, revisions: Sequence[Revision], paths: RevisionPaths) -> "MemberPredictions":
        """Read the predictions of revisions.

        Raises:
            DataError: there are fewer than two or more than MOST, one is there twice, a file of a
                revision is missing, or they predicted other images; names those.
        """
        names = [revision.name for revision in revisions]
        if not 2 <= len(names) <= MOST:
            raise DataError(f"expected 2 to {MOST} revisions, received {len(names)}")
        commits = [revision.commit for revision in revisions]
        if len(set(commits)) < len(commits):
            raise DataError(f"a revision is there twice: {listed(names)}")
        return cls.aligned([_candidate(revision, paths) for revision in revisions])

    @classmethod
    def aligned(cls, candidates: Sequence[Candidate]) -> "MemberPredictions":
        """Bring the tables into one order.

        Raises:
            DataError: a member predicted other images than the first, or labels them differently.
        """
        first, *others = candidates
        tables = [
            Candidate(
                other.name,
                {split: _like(first, other, split) for split in TABLES},
                other.threshold,
                other.rule,
            )
            for other in others
        ]
        return cls((first, *tables))

    @property
    def names(self) -> list[str]:
        """Return the names of the revisions."""
        return [candidate.name for candidate in self.candidates]

    @property
    def columns(self) -> list[str]:
        """Return the outputs that all members have: the seven diagnoses, or malignancy alone."""
        tables = [table for each in self.candidates for table in each.predictions.values()]
        return list(DIAGNOSES) if all(set(DIAGNOSES) <= set(t) for t in tables) else [PROBABILITY]

    def table(self, split: str) -> pd.DataFrame:
        """Return the images of a split: image_id, lesion_id, dx, label; fold, if there are any."""
        table = self.candidates[0].predictions[split]
        wanted = ("image_id", "lesion_id", "dx", LABEL, "fold")
        return table[[name for name in wanted if name in table]]

    def outputs(self, split: str) -> Outputs:
        """Return the probabilities (members, images, outputs) of one of TABLES."""
        tables = [each.predictions[split][self.columns] for each in self.candidates]
        return np.stack([table.to_numpy(np.float64) for table in tables])


def _candidate(revision: Revision, paths: RevisionPaths) -> Candidate:
    threshold, rule = revision.operating_point(paths.threshold)
    tables = {
        split: revision.predictions(paths.predictions / f"{split}.csv") for split in PREDICTED
    }
    try:
        tables[WHOLE_VAL] = revision.predictions(paths.predictions / f"{WHOLE_VAL}.csv")
    except MissingFileError:  # the network isn't cross-fitted
        tables[WHOLE_VAL] = tables["val"]
    return Candidate(revision.name, tables, threshold, rule)


def _like(first: Candidate, other: Candidate, split: str) -> pd.DataFrame:
    """Return the predictions of `other` in the order of the first; refuse other images."""
    one, two = first.predictions[split], other.predictions[split]
    for candidate, table in ((first, one), (other, two)):
        twice = sorted(set(table["image_id"][table["image_id"].duplicated()]))
        if twice:
            raise DataError(f"{candidate.name}: image {_some(twice)} more than once in {split}")
    alone = [sorted(set(a["image_id"]) - set(b["image_id"])) for a, b in ((one, two), (two, one))]
    if any(alone):
        parts = [
            f"{len(ids)} images that only {candidate.name} has: {_some(ids)}"
            for candidate, ids in zip((first, other), alone, strict=True)
            if ids
        ]
        raise DataError(
            f"{first.name} and {other.name} don't share the split, so one may have been trained on "
            f"what the other is scored on; {split} has {'; '.join(parts)}"
        )
    same = two.set_index("image_id").loc[one["image_id"]].reset_index()
    unlike = same[LABEL].to_numpy() != one[LABEL].to_numpy()
    differ = one["image_id"][unlike].tolist()
    if differ:
        raise DataError(f"{first.name} and {other.name} label images differently: {_some(differ)}")
    return same


def _some(names: Sequence[str]) -> str:
    return listed(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")

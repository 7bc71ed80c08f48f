"""What became of a collection's lesions: what was left out and why, and what is in each split."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import pandas as pd

from lesion_pipeline.core.labels import CLASSES, LABEL, SPLITS
from lesion_pipeline.scores.flow import LeftOut, LesionFlow, LesionGroup

FLOW: Final = "flow.json"
REASONS: Final = 4  # that are named; the others are one


def lesion_flow(
    table: pd.DataFrame, bad: Mapping[str, str], source: str, collection_lesions: int
) -> LesionFlow:
    """Follow the lesions of a collection to the splits.

    Args:
        table: one row per image of the collection: image_id, lesion_id (after the same lesions
            were given one id), label, split.
        bad: why an image could not be used, by image_id.
        source: where the collection comes from.
        collection_lesions: how many ids of lesions the collection has itself.
    """
    used = table[~table["image_id"].isin(bad)]
    lesions = table["lesion_id"].nunique()
    return LesionFlow(
        source=source,
        collection=LesionGroup(images=len(table), lesions=collection_lesions),
        merged=collection_lesions - lesions,
        left_out=tuple(_left_out(bad)),
        lost=lesions - used["lesion_id"].nunique(),
        splits={
            split: {
                name: _group(used[(used["split"] == split) & (used[LABEL] == label)])
                for label, name in enumerate(CLASSES)
            }
            for split in SPLITS
        },
    )


def _group(rows: pd.DataFrame) -> LesionGroup:
    return LesionGroup(images=len(rows), lesions=int(rows["lesion_id"].nunique()))


def _left_out(bad: Mapping[str, str]) -> list[LeftOut]:
    counts = Counter(bad.values())
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [LeftOut(reason=reason, images=count) for reason, count in ranked[:REASONS]]
    others = sum(count for _, count in ranked[REASONS:])
    return [*named, LeftOut(reason="other reasons", images=others)] if others else named

"""The way of the lesions from the collection to the splits, as a type."""

from lesion_pipeline.core.results import Count, Result


class LesionGroup(Result):
    """How many images of how many lesions."""

    images: Count
    lesions: Count


class LeftOut(Result):
    """How many images were left out for one reason."""

    reason: str
    images: Count


class LesionFlow(Result):
    """What became of a collection's lesions, as a flow diagram shows it.

    Attributes:
        source: where the collection comes from.
        collection: what it has, by its own ids of lesions.
        merged: ids of lesions that were replaced by another id of the same lesion.
        left_out: images that were not used, by reason, the most frequent first.
        lost: lesions of which no image was left.
        splits: what was used, by split and class.
    """

    source: str
    collection: LesionGroup
    merged: Count
    left_out: tuple[LeftOut, ...]
    lost: Count
    splits: dict[str, dict[str, LesionGroup]]

    def used(self, *splits: str) -> LesionGroup:
        """Return what was used in some splits; in all, if none is named."""
        groups = [
            group for split in splits or tuple(self.splits) for group in self.splits[split].values()
        ]
        return LesionGroup(
            images=sum(group.images for group in groups),
            lesions=sum(group.lesions for group in groups),
        )

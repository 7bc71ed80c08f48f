"""What the audit finds, as types."""

from lesion_pipeline.core.results import Count, Fraction, Result


class FoundBy(Result):
    """Pairs of lesions that look alike, by what finds them; None: features weren't compared."""

    hash: Count
    similarity: Count | None


class SameLesion(Result):
    """How much the two find of what is known: pairs of images of one lesion.

    Attributes:
        pairs_of_images: how many there are.
        found_by_hash: the fraction that is alike by hash; None: there are no such pairs.
        found_by_similarity: likewise by features; None also if these weren't compared.
    """

    pairs_of_images: Count
    found_by_hash: Fraction | None
    found_by_similarity: Fraction | None


class AuditSummary(Result):
    """The counts of the audit.

    Attributes:
        images: how many were compared.
        lesions_in_two_splits: 0 unless the split is wrong.
        pairs_of_lesions: that look alike, by the splits of their images (`train_val` ...), and
            `within_a_split`.
        found_by: how many of them were found by hash and by similarity.
        same_lesion: what the two find of pairs that are known to show the same lesion.
    """

    images: Count
    lesions_in_two_splits: Count
    pairs_of_lesions: dict[str, Count]
    found_by: FoundBy
    same_lesion: SameLesion

    def __str__(self) -> str:
        """Return the pairs of lesions for people, by the splits of the two."""
        parts = []
        for name, count in self.pairs_of_lesions.items():
            between = " " if name.startswith("within") else " and "
            parts.append(f"{count} {name.replace('_', between)}")
        return ", ".join(parts)

from lesion_pipeline.leakage.results import AuditSummary, FoundBy, SameLesion


def test_the_counts_in_words() -> None:
    counts = {"train_val": 0, "train_test": 2, "val_test": 1, "within_a_split": 3}
    summary = AuditSummary(
        images=9,
        lesions_in_two_splits=0,
        pairs_of_lesions=counts,
        found_by=FoundBy(hash=6, similarity=None),
        same_lesion=SameLesion(pairs_of_images=0, found_by_hash=None, found_by_similarity=None),
    )
    words = "0 train and val, 2 train and test, 1 val and test, 3 within a split"
    assert str(summary) == words

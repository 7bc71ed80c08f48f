"""The flow of lesions: sums over splits."""

from lesion_pipeline.scores.flow import LesionFlow, LesionGroup


def group(images: int, lesions: int) -> LesionGroup:
    return LesionGroup(images=images, lesions=lesions)


def test_what_was_used_is_the_sum_of_the_splits_asked_for() -> None:
    flow = LesionFlow(
        source="a clinic",
        collection=group(20, 12),
        merged=1,
        left_out=(),
        lost=0,
        splits={
            "train": {"benign": group(7, 4), "malignant": group(3, 2)},
            "val": {"benign": group(4, 2), "malignant": group(1, 1)},
        },
    )
    assert flow.used() == group(15, 9)
    assert flow.used("val") == group(5, 3)

"""What a bundle's manifest says of a format: bounds that no processor changes."""

import pytest

from lesion_pipeline.bundle.results import FormatReport


def report(moved: float, drop: float) -> FormatReport:
    return FormatReport(
        file="model.tflite", bytes=1, max_probability_difference=moved, roc_auc_difference=drop,
        same_decisions=0.75, images=4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moved", "bound"),
    [(0, 1e-5), (3.6e-6, 1e-5), (1e-5, 1e-5), (1.1e-5, 1e-4), (0.013, 0.1), (0.25, 1), (1, 1)],
)
def test_a_difference_becomes_the_power_of_ten_above(moved: float, bound: float) -> None:
    assert report(moved, 0.0).reported().max_probability_difference == bound


@pytest.mark.parametrize(
    ("drop", "written"), [(-0.00126, -0.0013), (1e-9, 0.0), (-1e-9, 0.0), (0.25, 0.25)]
)
def test_a_difference_of_areas_has_four_decimals(drop: float, written: float) -> None:
    assert str(report(0, drop).reported().roc_auc_difference) == str(written)


def test_all_else_stays() -> None:
    found = report(0.5, 0.0).reported()
    assert (found.file, found.bytes, found.same_decisions) == ("model.tflite", 1, 0.75)

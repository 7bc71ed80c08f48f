import pytest

from lesion_pipeline.bundle.card.cells import rate, rate_of, table


def test_a_table_is_markdown() -> None:
    expected = "| a | b |\n|---|---|\n| 1 | x |\n|  | 2.5 |"
    assert table(("a", "b"), [(1, "x"), ("", 2.5)]) == expected


@pytest.mark.parametrize(
    ("value", "interval", "digits", "text"),
    [
        (0.9, (0.7, 1.0), 3, "0.900 (0.700-1.000)"),
        (0.98765, (0.9, 1.0), 4, "0.9877 (0.9000-1.0000)"),
        (2.5, (1.5, None), 1, "2.5 (1.5-unlimited)"),
        (2.5, (1.5, float("nan")), 1, "2.5 (1.5-unlimited)"),
        (None, None, 3, ""),
        (0.5, None, 3, ""),
    ],
)
def test_a_rate(
    value: float | None, interval: tuple[float | None, float | None] | None, digits: int, text: str
) -> None:
    assert rate(value, interval, digits) == text


def test_a_rate_of_a_row_whose_empty_cells_are_nan() -> None:
    nan = float("nan")
    row = {"ppv": 0.4, "ppv_low": 0.2, "ppv_high": 0.6, "npv": nan, "npv_low": nan, "npv_high": nan}
    assert rate_of(row, "ppv") == "0.400 (0.200-0.600)"
    assert rate_of(row, "npv") == ""
    assert rate_of(row | {"ppv_high": nan}, "ppv", 1) == "0.4 (0.2-unlimited)"

import pytest

from lesion_pipeline.core.listing import counted, few


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), ([1, 2], "1, 2"), ([1, 2, 3], "1, 2, 3"), ([1, 2, 3, 4, 5], "1, 2, 3 and 2 more")],
)
def test_the_first_are_named_and_the_others_counted(items: list[int], text: str) -> None:
    assert few(items, most=3) == text


def test_one_is_no_plural() -> None:
    assert [counted(n, "file") for n in (0, 1, 2)] == ["0 files", "1 file", "2 files"]

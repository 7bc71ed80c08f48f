"""How errors are put into words."""

import pytest

from lesion_pipeline.core.errors import first_line, listed


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one"), "one"),
        (ValueError("one\ntwo"), "one"),
        (ValueError("\n one \n"), "one"),
        (ValueError(""), "ValueError"),
        (ValueError(), "ValueError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_an_error_without_a_text_is_named_by_its_type(error: BaseException, line: str) -> None:
    assert first_line(error) == line


def test_a_list_of_offenders_is_whole() -> None:
    assert listed([1, 2, 3]) == "1, 2, 3"
    assert listed(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
    assert listed([]) == ""

"""The next step after an error in a table."""

import pytest

from lesion_pipeline.tables.hints import columns_hint, diagnoses_hint


def test_columns_that_may_be_missing_can_be_left_out() -> None:
    assert columns_hint(["dx", "sex"]) == (
        "-S fetch.columns.dx=NAME -S fetch.columns.sex=null (the table's name of the column; null: "
        "it has none)"
    )


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (["Melanoma", "BCC"], """-S 'fetch.diagnoses="{Melanoma: mel, BCC: bcc}"'"""),
        (["nevus", "Benign"], """-S 'fetch.diagnoses="{nevus: ?, Benign: benign}"'"""),
        (
            ['a "b", (c)', "mel."],
            """in params.yaml, under fetch: diagnoses: {"a \\"b\\", (c)": ?, "mel.": ?}""",
        ),
    ],
)
def test_names_that_are_ours_but_for_their_case_are_translated(names: list[str], hint: str) -> None:
    assert diagnoses_hint(names) == hint

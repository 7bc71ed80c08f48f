"""What a network's outputs are called."""

from lesion_pipeline.networks.outputs import output_names


def test_outputs_are_named_in_order() -> None:
    assert output_names("binary") == ("malignant",)
    assert output_names("diagnosis") == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")

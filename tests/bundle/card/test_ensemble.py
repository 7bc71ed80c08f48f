"""The card's section on the members of an ensemble."""

from lesion_pipeline.bundle.card.ensemble import ensemble_section
from lesion_pipeline.bundle.lineage import Ensemble, EnsembleMember

MEMBER = EnsembleMember(
    revision="best", commit="0123456789abcdef", weight=0.75, arch="vgg16", tta=1,
    params={"model.arch": "vgg16", "train.seed": "2"}, lock="fedcba9876543210", network="ab",
)  # fmt: skip
OUT = MEMBER.model_copy(update={"revision": "fast", "weight": 0.0})
ENSEMBLE = Ensemble(
    average="probabilities", weighting="subset", members=(MEMBER, OUT), command="lesion ensemble a"
)


def test_members_weights_and_the_command() -> None:
    text = ensemble_section(ENSEMBLE)
    row = "| best | 0123456789ab | 0.75 | vgg16 | model.arch=vgg16, train.seed=2 | fedcba987654 |"
    assert row in text.splitlines()
    assert "| fast | 0123456789ab | left out |" in text
    assert text.startswith("The mean of the probabilities of several networks")
    assert text.endswith("by:\n\n```sh\nlesion ensemble a\n```")


def test_what_was_chosen_on_val_is_told() -> None:
    equal = ENSEMBLE.model_copy(update={"weighting": "equal"})
    assert "predictions for each fifth" not in ensemble_section(equal)
    assert "All members count alike." in ensemble_section(equal)
    assert "predictions for each fifth of the lesions of val" in ensemble_section(ENSEMBLE)

"""The section of the model card on the networks whose mean an ensemble is."""

from typing import Final

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.bundle.lineage import Ensemble

_HOW: Final = {
    "equal": "All members count alike.",
    "subset": "Of all subsets of the members, this one had the lowest log loss on val; its members "
    "count alike.",
    "fitted": "The weights have the lowest log loss on val.",
}
_OUT_OF_FOLD: Final = (
    " The scores on val, the threshold and the calibrator come from predictions for each fifth of "
    "the lesions of val with weights that were chosen on the other four."
)


def ensemble_section(ensemble: Ensemble) -> str:
    """Return the members with their weights and revisions, and how to make it again."""
    rows = [
        (
            member.revision,
            member.commit[:12],
            f"{member.weight:.3g}" if member.weight else "left out",
            member.arch,
            ", ".join(f"{key}={value}" for key, value in member.params.items()),
            member.lock[:12],
        )
        for member in ensemble.members
    ]
    columns = ("revision", "commit", "weight", "architecture", "parameters", "dvc.lock (sha256)")
    chosen = _OUT_OF_FOLD if ensemble.weighting != "equal" else ""
    return (
        f"The mean of the {ensemble.average} of several networks, each with its own preprocessing "
        f"and test-time augmentation. {_HOW[ensemble.weighting]}{chosen}\n\n"
        f"{table(columns, rows)}\n\n"
        "Made again, in a working tree with this split and this version's params.yaml, by:\n\n"
        f"```sh\n{ensemble.command}\n```"
    )

"""Of which networks an exported one is the mean. Light to import, as all types of a manifest."""

from typing import Literal

from pydantic import Field

from lesion_pipeline.core.results import Fraction, Result


class EnsembleMember(Result):
    """A network of another revision.

    Attributes:
        revision: its name, as the user wrote it.
        commit: the full hash.
        weight: how much it counts; 0: it was not chosen and is not in the bundle.
        arch: its architecture.
        tta: copies of each image that it averages.
        params: what differs in the members' parameters, by key, as text.
        lock: sha256 of its dvc.lock, which names every input and output of its stages.
        network: sha256 of its Keras file.
    """

    revision: str
    commit: str
    weight: Fraction
    arch: str
    tta: int
    params: dict[str, str]
    lock: str
    network: str


class Ensemble(Result):
    """How an ensemble was made.

    Attributes:
        average: of what: probabilities, or logits (their logarithms).
        weighting: how the members' weights were chosen on val: equal, subset or fitted.
        members: in the order of the command.
        command: which makes it again.
    """

    average: Literal["probabilities", "logits"]
    weighting: Literal["equal", "subset", "fitted"]
    members: tuple[EnsembleMember, ...] = Field(min_length=2)
    command: str

"""Section `train`: how the network learns."""

from typing import Literal

from pydantic import Field, model_validator

from lesion_pipeline.core.params import Section
from lesion_pipeline.networks.outputs import Target

Balance = Literal["weights", "sampling"]  # how rare classes come to count more


class HeadParams(Section):
    """Dense layers, dropout before each and before the output, and batch normalisation."""

    units: tuple[int, ...] = Field(strict=False)
    dropout: tuple[float, ...] = Field(strict=False)
    batch_norm_momentum: float = Field(ge=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> "HeadParams":
        if any(unit < 1 for unit in self.units):
            raise ValueError("expected units of at least 1")
        if any(not 0 <= rate < 1 for rate in self.dropout):
            raise ValueError("expected dropout rates from 0 to below 1")
        if len(self.dropout) != len(self.units) + 1:
            raise ValueError(
                "expected one dropout rate before each dense layer and one at the end, "
                f"{len(self.units) + 1} of them, received {len(self.dropout)}"
            )
        return self


class FineTuneParams(Section):
    """The second phase: the last layers of the network, on images."""

    epochs: int = Field(ge=0)
    layers: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)


class PhaseParams(Section):
    """All settings of one phase of training.

    Attributes:
        epochs: how many at most.
        batch_size: vectors, maps or images.
        learning_rate: the highest.
        warmup_epochs: while it rises.
        weight_decay: of AdamW.
        averaging: how much of the running average of the weights a step keeps.
        batch_parts: parts of a batch that go through the network side by side.
        patience: epochs without a better score before the phase ends.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    warmup_epochs: float
    weight_decay: float
    averaging: float
    batch_parts: int
    patience: int


class TrainParams(Section):
    """How the network learns; epochs, batch size and rate are those of what follows the cut.

    Attributes:
        folds: of train and val together; 1: train on train, score on val. With more, a member is
            trained for each fold, on the others.
        seeds: members for each fold, with the seeds from `seed` on.
        teacher: self: one network learns from the members' predictions of images that they were
            not trained on, here folds of train alone; None: the members are what is exported.
        teacher_weight: how much of the truth is the teacher's; the rest is the label.
        balance: rare classes count more by weights of the loss, or by how often they are drawn.
    """

    target: Target
    folds: int = Field(ge=1)
    seeds: int = Field(ge=1)
    teacher: Literal["self"] | None
    teacher_weight: float = Field(gt=0, le=1)
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    warmup_epochs: float = Field(ge=0)
    weight_decay: float = Field(ge=0)
    class_weight_power: float = Field(ge=0)
    balance: Balance
    label_smoothing: float = Field(ge=0, lt=1)
    averaging: float = Field(ge=0, lt=1)
    batch_parts: int = Field(ge=1)
    patience: int = Field(ge=1)
    head: HeadParams
    fine_tune: FineTuneParams
    seed: int = Field(ge=0, lt=2**32)

    @model_validator(mode="after")
    def _taught(self) -> "TrainParams":
        if self.teacher and self.folds < 2:
            raise ValueError(
                "teacher self needs folds of 2 or more: it is what members predict for images "
                "that they were not trained on"
            )
        return self

    def first_phase(self) -> PhaseParams:
        """Return the settings of the phase that trains what follows the cut."""
        return self._phase(self)

    def second_phase(self) -> PhaseParams:
        """Return the settings of fine-tuning."""
        return self._phase(self.fine_tune)

    def _phase(self, own: "TrainParams | FineTuneParams") -> PhaseParams:
        return PhaseParams(
            epochs=own.epochs,
            batch_size=own.batch_size,
            learning_rate=own.learning_rate,
            warmup_epochs=self.warmup_epochs,
            weight_decay=self.weight_decay,
            averaging=self.averaging,
            batch_parts=self.batch_parts,
            patience=self.patience,
        )

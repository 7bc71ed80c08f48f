"""Section `split`: how lesions are divided into train, val and test."""

from typing import Literal

from pydantic import Field, model_validator

from lesion_pipeline.core.params import Section


class Ratios(Section):
    """Parts of the lesions, more than 0 each, summing to 1."""

    train: float = Field(gt=0, lt=1)
    val: float = Field(gt=0, lt=1)
    test: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "Ratios":
        total = self.train + self.val + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"expected train + val + test = 1, their sum is {total:g}")
        return self


class SplitParams(Section):
    """How lesions are divided into train, val and test.

    Attributes:
        strategy: `reference`: by ratios, stratified on benign and malignant; `by_diagnosis`: by
            ratios, stratified on the diagnoses; `kfold`: into folds, stratified on the diagnoses;
            `file`: by a user's file.
        ratios: for reference and by_diagnosis.
        folds: for kfold, how many.
        fold: for kfold, the one that is test, counted from 1; the next is val.
        file: for strategy file, its path.
        same_lesion_pairs: a file of pairs of ids of one lesion, for any strategy; None: no pairs.
        seed: of the division.
    """

    strategy: Literal["reference", "by_diagnosis", "kfold", "file"]
    ratios: Ratios
    folds: int = Field(ge=3)
    fold: int = Field(ge=1)
    file: str | None
    same_lesion_pairs: str | None
    seed: int = Field(ge=0, lt=2**32)

    @model_validator(mode="after")
    def _fit(self) -> "SplitParams":
        if self.fold > self.folds:
            raise ValueError(f"expected fold from 1 to folds, {self.folds}, it is {self.fold}")
        if (self.strategy == "file") != bool(self.file):
            raise ValueError(
                "strategy file and a file need each other, received strategy "
                f"{self.strategy} and file {self.file or 'null'}"
            )
        return self

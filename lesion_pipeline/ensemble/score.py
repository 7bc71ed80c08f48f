"""The ensemble's predictions, its threshold, and whether it is better than its best member."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from lesion_pipeline.core.digits import round_probabilities
from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import LABEL, PROBABILITY, LesionRule, malignancy
from lesion_pipeline.ensemble.choose import Choice, Scored, Weighting, choose_weights
from lesion_pipeline.ensemble.combine import Average, combine
from lesion_pipeline.ensemble.members import (
    PREDICTED,
    SHOWN,
    TABLES,
    WHOLE_VAL,
    MemberPredictions,
    Outputs,
)
from lesion_pipeline.revisions.compare import Candidate, compare
from lesion_pipeline.revisions.verdict import Verdict
from lesion_pipeline.scores.params import ThresholdParams
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.metrics import arrays, probability_metrics, ranking_metrics
from lesion_pipeline.text_table import plain
from lesion_pipeline.threshold.tune_threshold import ThresholdOutcome, tune_threshold

NAME: Final = "ensemble"
_SCORES: Final = ("roc_auc", "pr_auc", "log_loss")


@dataclass(frozen=True)
class Recipe:
    """How members become one.

    Attributes:
        average: of what.
        weighting: how the weights are chosen on val.
        seed: of the folds of val.
        malignant: the malignant diagnoses.
    """

    average: Average
    weighting: Weighting
    seed: int
    malignant: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Ensembled:
    """An ensemble and what it predicts.

    Attributes:
        members: the networks.
        recipe: how they were averaged.
        choice: their weights.
        predictions: of val and test, as the stage predict writes them. With weights that were
            chosen, those of val are out of fold.
        exported_val: what the exported network predicts for val: with the weights of all of val.
    """

    members: MemberPredictions
    recipe: Recipe
    choice: Choice
    predictions: Mapping[str, pd.DataFrame]
    exported_val: pd.DataFrame

    def best_member(self) -> Candidate:
        """Return the member with the highest PR-AUC on val."""
        candidates = self.members.candidates
        return max(candidates, key=lambda each: _val_scores(each.predictions["val"])["pr_auc"])

    def table(self) -> str:
        """Return a table of members and ensemble with their scores on val, for a terminal."""
        tables = {each.name: each.predictions["val"] for each in self.members.candidates}
        weights = [f"{weight:.3g}" for weight in self.choice.weights]
        rows = [
            (name, weight, *(f"{value:.4f}" for value in _val_scores(table).values()))
            for (name, table), weight in zip(
                [*tables.items(), (NAME, self.predictions["val"])], [*weights, ""], strict=True
            )
        ]
        columns = ["val", "weight", "ROC-AUC", "PR-AUC", "log loss"]
        return plain(pd.DataFrame(rows, columns=columns))


def ensemble(members: MemberPredictions, recipe: Recipe) -> Ensembled:
    """Average the members.

    Raises:
        DataError: weights are to be chosen and val has too few lesions.
    """
    images = members.table("val")
    val = Scored(
        outputs=members.outputs("val"),
        labels=images[LABEL].to_numpy(np.int64),
        lesions=images["lesion_id"].to_numpy(str),
        malignant=recipe.malignant,
        average=recipe.average,
    )
    choice = choose_weights(val, recipe.weighting, recipe.seed)
    whole = {
        split: combine(members.outputs(split), choice.weights, recipe.average) for split in TABLES
    }
    return Ensembled(
        members,
        recipe,
        choice,
        {
            "val": _predicted(members, "val", choice.val, recipe),
            "test": _predicted(members, "test", whole["test"], recipe),
        },
        _predicted(members, WHOLE_VAL, whole[WHOLE_VAL], recipe),
    )


def operating_point(
    found: Ensembled, params: ThresholdParams, rule: LesionRule
) -> ThresholdOutcome:
    """Choose the ensemble's threshold on val, as the stage tune_threshold does."""
    return tune_threshold(found.predictions["val"], found.predictions["test"], params, rule)


def judged(
    found: Ensembled, threshold: float, params: ThresholdParams, resamples: Resamples
) -> Verdict:
    """Compare the ensemble with the member that is best on val, by the paired test."""
    one = found.best_member()
    two = Candidate(NAME, found.predictions, threshold, params)
    splits = compare(one, two, PREDICTED, resamples)
    return Verdict(one.name, two.name, (one.threshold, threshold), resamples, splits)


def check_split(members: MemberPredictions, metadata: pd.DataFrame) -> None:
    """Check that the working tree has the members' split.

    Args:
        members: the networks.
        metadata: of the working tree: image_id and split.

    Raises:
        DataError: an image of the members is in another part of it, or not there; names it.
    """
    split_of = dict(zip(metadata["image_id"], metadata["split"], strict=True))
    for split in PREDICTED:
        ids = members.table(split)["image_id"]
        parts = {"train", "val"} if "fold" in members.table(split) else {split}
        odd = [image_id for image_id in ids if split_of.get(image_id) not in parts]
        if odd:
            raise DataError(
                f"the split of the working tree is another: {len(odd)} of {len(ids)} images that "
                f"the members have in {split} are elsewhere: {listed(odd[:SHOWN])}"
                f"{', ...' if len(odd) > SHOWN else ''}"
            )


def _predicted(
    members: MemberPredictions, split: str, outputs: Outputs, recipe: Recipe
) -> pd.DataFrame:
    values = round_probabilities(outputs)
    columns = {PROBABILITY: round_probabilities(malignancy(values, recipe.malignant))}
    if values.shape[1] > 1:
        columns |= dict(zip(members.columns, values.T, strict=True))
    return members.table(split).assign(**columns)


def _val_scores(table: pd.DataFrame) -> dict[str, float]:
    labels, probabilities = arrays(table)
    found = ranking_metrics(labels, probabilities) | probability_metrics(labels, probabilities)
    return {name: found[name] for name in _SCORES}

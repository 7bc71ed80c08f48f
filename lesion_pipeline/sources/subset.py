"""A part of a collection, for a first try."""

import numpy as np
import pandas as pd

from lesion_pipeline.sources.params import FEWEST


def limit_lesions(table: pd.DataFrame, lesions: int, seed: int) -> pd.DataFrame:
    """Draw FEWEST lesions of each diagnosis, and more in proportion to the remaining ones.

    Args:
        table: one row per image, with lesion_id and dx.
        lesions: how many to keep; at least FEWEST for each diagnosis.
        seed: of the draw. With one seed, a larger part includes the smaller ones.

    Returns:
        The rows of the lesions drawn, in their order; all rows if there aren't more lesions.
    """
    diagnoses = table.groupby("lesion_id")["dx"].first()
    groups = [
        sorted(ids.index) for _, ids in diagnoses.groupby(diagnoses)
    ]  # by name of the diagnosis
    drawn: list[str] = []
    for number, (ids, count) in enumerate(zip(groups, _quotas(groups, lesions), strict=True)):
        order = np.random.default_rng([seed, number]).permutation(len(ids))
        drawn += [ids[place] for place in order[:count]]
    return table[table["lesion_id"].isin(drawn)].reset_index(drop=True)


def _quotas(groups: list[list[str]], lesions: int) -> list[int]:
    """Return how many lesions to draw of each group: FEWEST, and a share of the rest.

    The rest is divided by Webster's method: each further lesion goes to the group that is furthest
    below its share. So one lesion more never takes one from another group, as rounding would.
    """
    counts = np.array([len(ids) for ids in groups])
    least = np.minimum(counts, FEWEST)
    left = counts - least
    due = np.concatenate([(np.arange(count) + 0.5) / count for count in left])
    owner = np.repeat(np.arange(len(groups)), left)
    rest = max(lesions - int(least.sum()), 0)
    shared = np.bincount(owner[np.argsort(due, kind="stable")[:rest]], minlength=len(groups))
    return [int(quota) for quota in least + shared]

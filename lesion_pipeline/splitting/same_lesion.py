"""Lesions that have several ids in a collection: one id for each."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lesion_pipeline.splitting.user_split import PAIR, UserTable
from lesion_pipeline.tables.offenders import Problem, offenders, refuse


def merge_lesions(metadata: pd.DataFrame, pairs: UserTable | None) -> pd.DataFrame:
    """Replace the ids of lesions that are the same by one of them, the first in text order.

    If a is the same as b and b the same as c, then a is the same as c.

    Args:
        metadata: one row per image, with lesion_id and dx.
        pairs: two ids of one lesion in each row; None: there are no pairs.

    Returns:
        `metadata` with lesion_id replaced where needed.

    Raises:
        DataError: an id is empty or unknown, or lesions that would become one have different
            diagnoses. A program can't decide which of them is right: correct the metadata, or
            remove the pair. Names all offenders with their lines.
    """
    if pairs is None:
        return metadata
    known = metadata.groupby("lesion_id")["dx"].first()
    refuse(pairs.name, [line for name in PAIR for line in _not_ids(pairs.rows[name], known)])
    names, codes = np.unique(pairs.rows.to_numpy(dtype=str), return_inverse=True)
    first, second = codes.reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(names), len(names)))
    _, groups = connected_components(graph, directed=False)
    merged = pd.DataFrame({"group": groups, "dx": known.loc[names].to_numpy()}, index=names)
    refuse(pairs.name, list(_several_diagnoses(pairs.rows, merged)))
    kept = dict(zip(names, names[np.unique(groups, return_index=True)[1]][groups], strict=True))
    return metadata.assign(lesion_id=metadata["lesion_id"].map(lambda name: kept.get(name, name)))


def _not_ids(values: pd.Series, known: pd.Series) -> list[Problem]:
    unknown = values[(values != "") & ~values.isin(known.index)]
    return [*offenders(values[values == ""], "empty"), *offenders(unknown, "unknown")]


def _several_diagnoses(rows: pd.DataFrame, merged: pd.DataFrame) -> list[Problem]:
    several = merged.groupby("group")["dx"].transform("nunique") > 1
    refused = rows[rows[PAIR[0]].isin(merged.index[several])]
    texts = [
        " = ".join(f"{name} ({merged['dx'][name]})" for name in pair)
        for pair in refused.itertuples(index=False)
    ]
    values = pd.Series(texts, index=refused.index, name="lesions", dtype=object)
    return list(offenders(values, "that would become one have several dx"))

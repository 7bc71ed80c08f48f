"""Lesions that stand in a collection under several ids: one id for them all."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lesion_pipeline.tables.user_split import PAIR, GivenTable, refuse, told


def merge_lesions(metadata: pd.DataFrame, pairs: GivenTable | None) -> pd.DataFrame:
    """Give all images of lesions that are the same one lesion_id.

    If a is b and b is c, then a is c. The id that stays is the first of them in the order of text.

    Args:
        metadata: one row an image, with lesion_id and dx.
        pairs: rows of two lesion ids; None: nothing is known.

    Returns:
        `metadata` with lesion_id replaced where needed.

    Raises:
        DataError: an id is empty or unknown, or lesions that would become one have different
            diagnoses. Which of them is right is not for a program to decide: correct the
            metadata, or take out the pair. Names all offenders with their lines.
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
    stays = dict(zip(names, names[np.unique(groups, return_index=True)[1]][groups], strict=True))
    return metadata.assign(lesion_id=metadata["lesion_id"].map(lambda name: stays.get(name, name)))


def _not_ids(values: pd.Series, known: pd.Series) -> list[str]:
    unknown = values[(values != "") & ~values.isin(known.index)]
    return [*told(values[values == ""], "empty"), *told(unknown, "unknown")]


def _several_diagnoses(rows: pd.DataFrame, merged: pd.DataFrame) -> list[str]:
    several = merged.groupby("group")["dx"].transform("nunique") > 1
    offends = rows[rows[PAIR[0]].isin(merged.index[several])]
    texts = [
        " = ".join(f"{name} ({merged['dx'][name]})" for name in pair)
        for pair in offends.itertuples(index=False)
    ]
    values = pd.Series(texts, index=offends.index, name="lesions", dtype=object)
    return list(told(values, "that would be one have several dx"))

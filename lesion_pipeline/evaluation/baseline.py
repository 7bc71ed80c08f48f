"""Baselines that see no image: logistic regression on columns of the table, on the same split."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from lesion_pipeline.core.digits import round_probabilities
from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import LABEL
from lesion_pipeline.statistics.metrics import Probabilities

AGE: Final = "age"  # years; all other columns are categories
BASELINES: Final = {
    "age_sex_site": (AGE, "sex", "localization"),
    "dx_type": ("dx_type",),  # a warning: how a diagnosis was made reveals it
}


def baselines(
    collection: pd.DataFrame, image_ids: dict[str, pd.Series], folds: pd.Series | None = None
) -> dict[str, dict[str, Probabilities]]:
    """Predict probabilities of malignancy by logistic regression on columns of the table.

    Scikit-learn's `LogisticRegression` with its default penalty, fitted to the images of train. A
    missing age is replaced by the median of train and flagged. Categories are one-hot encoded; a
    missing value is a category, and one that train doesn't have is all zeros.

    Args:
        collection: one row per image: image_id, split, label, age (years or NaN), sex,
            localization, dx_type (any may be NaN, also all of them).
        image_ids: by split, the images to predict.
        folds: by image_id, the fold of each image of a cross-fitted network: the baselines are
            then fitted as it was, to all these images for test, and to the other folds for an
            image of one. None: to train.

    Returns:
        result[split][name]: (images,), 0 to 1, 6 decimals, in the order of `image_ids`; names as
        in BASELINES.

    Raises:
        DataError: an image is not in the collection.
    """
    table = collection.set_index("image_id")
    wanted = {split: _rows(table, ids) for split, ids in image_ids.items()}
    result: dict[str, dict[str, Probabilities]] = {split: {} for split in wanted}
    for name, columns in BASELINES.items():
        for split, rows in wanted.items():
            found = np.empty(len(rows))
            for fitted, predicted in _parts(table, rows, folds):
                model = _model(columns).fit(_features(fitted, columns), fitted[LABEL])
                mine = _features(rows[predicted], columns)
                found[predicted] = model.predict_proba(mine)[:, 1]
            result[split][name] = round_probabilities(found)  # equal rows, equal ranks
    return result


def _parts(
    table: pd.DataFrame, rows: pd.DataFrame, folds: pd.Series | None
) -> Iterator[tuple[pd.DataFrame, NDArray[np.bool_]]]:
    """Yield rows to fit to, and which of `rows` (images,) are then predicted."""
    if folds is None:
        yield table[table["split"] == "train"], np.ones(len(rows), bool)
        return
    in_folds = table.loc[folds.index]
    of_rows = folds.reindex(rows.index).fillna(0).to_numpy()
    for fold in np.unique(of_rows):  # 0: in none
        yield in_folds[folds.to_numpy() != fold], of_rows == fold


def _rows(table: pd.DataFrame, image_ids: pd.Series) -> pd.DataFrame:
    unknown = image_ids[~image_ids.isin(table.index)]
    if len(unknown):
        raise DataError(f"predicted images that are not in the split: {listed(unknown)}")
    return table.loc[image_ids]


def _features(rows: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    names = [column for column in columns if column != AGE]
    named = rows[names].astype(object)  # to the encoder NaN is a category, too
    return pd.concat([rows[[AGE]].astype(np.float64), named], axis=1) if AGE in columns else named


def _model(columns: tuple[str, ...]) -> Any:
    age = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    names = [column for column in columns if column != AGE]
    return make_pipeline(
        make_column_transformer(
            (age, [column for column in columns if column == AGE]),
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), names),
        ),
        LogisticRegression(solver="newton-cholesky"),  # the fastest for few columns
    )

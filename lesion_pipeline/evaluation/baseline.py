"""Baselines that see no image: logistic regression on columns of the table, on the same split."""

from typing import Any, Final

import numpy as np
import pandas as pd
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
    collection: pd.DataFrame, image_ids: dict[str, pd.Series]
) -> dict[str, dict[str, Probabilities]]:
    """Predict probabilities of malignancy by logistic regression on columns of the table.

    Scikit-learn's `LogisticRegression` with its default penalty, fitted to the images of train. A
    missing age is replaced by the median of train and flagged. Categories are one-hot encoded; a
    missing value is a category, and one that train doesn't have is all zeros.

    Args:
        collection: one row per image: image_id, split, label, age (years or NaN), sex,
            localization, dx_type (any may be NaN, also all of them).
        image_ids: by split, the images to predict.

    Returns:
        result[split][name]: (images,), 0 to 1, 6 decimals, in the order of `image_ids`; names as
        in BASELINES.

    Raises:
        DataError: an image is not in the collection.
    """
    table = collection.set_index("image_id")
    train = table[table["split"] == "train"]
    wanted = {split: _rows(table, ids) for split, ids in image_ids.items()}
    result: dict[str, dict[str, Probabilities]] = {split: {} for split in wanted}
    for name, columns in BASELINES.items():
        model = _model(columns).fit(_features(train, columns), train[LABEL])
        for split, rows in wanted.items():
            found = model.predict_proba(_features(rows, columns))[:, 1]
            result[split][name] = round_probabilities(found)  # equal rows, equal ranks
    return result


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

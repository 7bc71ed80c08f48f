"""What the operating point means: for whom, where, and where it fails; and the few main figures."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field, field_validator

from lesion_pipeline import charts
from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import LABEL
from lesion_pipeline.core.params import Section
from lesion_pipeline.evaluation.evaluate import EvaluateParams
from lesion_pipeline.evaluation.mistakes import mistakes_table
from lesion_pipeline.evaluation.prevalence import prevalence_table
from lesion_pipeline.evaluation.subgroups import Subgroups, subgroup_table

MAIN: Final = ("roc_auc", "pr_auc", "sensitivity", "specificity", "calibration_error")
TRAITS: Final = {"age": "age", "sex": "sex", "localization": "site", "dx_type": "dx_type"}


class SummaryParams(Section):
    """What is reported at the operating point."""

    min_images_for_auc: int = Field(ge=1)
    age_bands: tuple[Annotated[int, Field(gt=0)], ...] = Field(min_length=1, strict=False)
    prevalences: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(strict=False)

    @field_validator("age_bands")
    @classmethod
    def _rising(cls, begins: tuple[int, ...]) -> tuple[int, ...]:
        if list(begins) != sorted(set(begins)):
            raise ValueError("expected years that rise")
        return begins


@dataclass(frozen=True)
class Found:
    """What earlier stages found.

    Attributes:
        predictions: by split, a row an image: image_id, lesion_id, dx, label, probability.
        metadata: a row an image of the collection: image_id, age (years), sex, localization,
            dx_type; empty is NaN.
        metrics: what evaluate.evaluate says, by split.
        point: what tune_threshold.tune_threshold gave.
    """

    predictions: dict[str, pd.DataFrame]
    metadata: pd.DataFrame
    metrics: dict[str, Any]
    point: dict[str, Any]

    def rates(self, split: str) -> dict[str, Any]:
        """Give the figures at the operating point."""
        return dict(self.point) if split == "val" else dict(self.point[split])

    def cases(self, split: str) -> pd.DataFrame:
        """Give the predictions with the traits of each image.

        Raises:
            DataError: an image is not in the metadata.
        """
        table = self.predictions[split]
        known = self.metadata.set_index("image_id")[list(TRAITS)].rename(columns=TRAITS)
        strangers = table.loc[~table["image_id"].isin(known.index), "image_id"]
        if len(strangers):
            raise DataError(f"predicted image not in the metadata: {listed(strangers)}")
        return table.join(known, on="image_id")


@dataclass(frozen=True)
class Summary:
    """What came of it.

    Attributes:
        metrics: the few figures that are compared, by split, and the threshold.
        tables: figures (the same and more with their intervals), prevalence, mistakes (of test),
            and subgroups_<split>.
    """

    metrics: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    def __str__(self) -> str:
        """Say the few figures, a line a split."""
        return "\n".join(
            f"{split}: " + ", ".join(f"{name} {_said(value)}" for name, value in figures.items())
            for split, figures in self.metrics.items()
            if isinstance(figures, dict)
        )


def summary(found: Found, params: SummaryParams, evaluated: EvaluateParams) -> Summary:
    """Put together what the operating point means on val and test.

    Args:
        found: predictions, metadata and earlier figures.
        params: prevalences and subgroups.
        evaluated: resamples and seed of the intervals.

    Raises:
        DataError: an image is not in the metadata, or the predictions can't be scored; see
            metrics.check.
    """
    threshold = found.point["threshold"]
    how = Subgroups(
        params.age_bands, params.min_images_for_auc, evaluated.bootstrap_samples, evaluated.seed
    )
    metrics: dict[str, Any] = {"threshold": threshold}
    subgroups: dict[str, pd.DataFrame] = {}
    for split in found.predictions:
        metrics[split] = _main_figures(found, split)
        subgroups[f"subgroups_{split}"] = subgroup_table(found.cases(split), threshold, how)
    tables = {
        "figures": _figures_table(found, metrics),
        "prevalence": _prevalences(found, params.prevalences),
        "mistakes": mistakes_table(found.cases("test"), threshold),
    }
    return Summary(metrics, tables | subgroups)


def draw(result: Summary) -> dict[str, Figure]:
    """Draw the subgroups of test."""
    title = "Test: sensitivity and specificity by subgroup, with 95 % intervals"
    return {"subgroups": charts.forest_chart(result.tables["subgroups_test"], title)}


def _main_figures(found: Found, split: str) -> dict[str, Any]:
    known = found.metrics[split] | found.rates(split)
    return {name: known[name] for name in MAIN}


def _figures_table(found: Found, metrics: dict[str, Any]) -> pd.DataFrame:
    """List each figure with its 95 % interval, if it has one: split, figure, value, low, high."""
    rows = []
    for split in found.predictions:
        known = found.metrics[split] | found.rates(split) | metrics[split]
        for name in (*metrics[split], "ppv", "npv"):
            low, high = known.get(f"{name}_interval") or (None, None)
            row = {"split": split, "figure": name, "value": known[name], "low": low, "high": high}
            rows.append(row)
    return pd.DataFrame(rows)


def _prevalences(found: Found, prevalences: tuple[float, ...]) -> pd.DataFrame:
    """Give the predictive values of val and test, last at the prevalence of the split itself."""
    tables = []
    for split, table in found.predictions.items():
        parts = [*prevalences, float(table[LABEL].mean())]
        values = prevalence_table(found.rates(split), parts)
        own = [*[False] * len(prevalences), True]
        tables.append(values.assign(split=split, of_the_split=own))
    joined = pd.concat(tables, ignore_index=True)
    return joined[["split", "of_the_split", *joined.columns.drop(["split", "of_the_split"])]]


def _said(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"

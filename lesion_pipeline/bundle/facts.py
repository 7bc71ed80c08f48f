"""What a bundle's manifest says of format, operating point, network, data and figures.

Each type names what readers rely on, and keeps whatever else is there.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from lesion_pipeline.core.params import Section
from lesion_pipeline.evaluation.policy import Policy

Part = Annotated[float, Field(ge=0, le=1)]
Interval = Annotated[tuple[float | None, float | None], Field(strict=False)] | None  # 95 %
Count = Annotated[int, Field(ge=0)]


class Facts(Section):
    """Some facts that are relied on, and others that are kept."""

    model_config = ConfigDict(extra="allow")


class FormatFacts(Facts):
    """A file of the network, and how near it comes on val to what the figures are of."""

    file: str
    bytes: Count
    max_probability_difference: Part
    roc_auc_difference: float
    agreement: Part


class Rates(Facts):
    """What the decisions are worth on a split; null where there is nothing to divide by."""

    sensitivity: Part | None
    sensitivity_interval: Interval
    specificity: Part | None
    specificity_interval: Interval
    ppv: Part | None
    ppv_interval: Interval
    npv: Part | None
    npv_interval: Interval
    tp: Count
    fn: Count
    fp: Count
    tn: Count


class OperatingPoint(Rates):
    """The threshold, how it was chosen, and the rates on val; `test`: those on test."""

    threshold: Part
    policy: Policy
    target: float | dict[str, float] | None
    test: Rates


class WeightFacts(Facts):
    """The weights before training."""

    origin: str
    source: str


class NetworkFacts(Facts):
    """The network and its training."""

    arch: str
    weights: WeightFacts
    target: Literal["binary", "diagnosis"]
    views: Literal[1, 4, 8]
    total_parameters: Count
    trainable_parameters: dict[str, int]
    class_weights: dict[str, float]
    best: dict[str, Any]


class Source(Facts):
    """Whose images they are, and on what terms."""

    title: str
    source: str
    licence: str


class DataFacts(Facts):
    """The collection, and how it was split: images and lesions by split and class."""

    source: str
    generated: bool
    images: Count
    lesions: Count
    bad_images: Count
    attribution: Source
    split: dict[str, dict[str, dict[str, int]]]


class Figures(Facts):
    """Figures of a split that need no threshold."""

    images: Count
    malignant: Count
    roc_auc: Part
    roc_auc_interval: Interval
    pr_auc: Part
    pr_auc_interval: Interval
    brier_score: Part
    log_loss: float = Field(ge=0)


class SplitFigures(Section):
    """Figures of the split on which everything was chosen, and of that for reporting."""

    val: Figures
    test: Figures

"""All sections of params.yaml with their types, to check the whole file before anything runs.

No stage declares this module as a dependency: it refuses or lets pass, but changes no byte of what
a stage writes. So a new section makes no stage stale.
"""

from pathlib import Path
from typing import Final

from lesion_pipeline.bundle.params import ExportParams
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.consistency import RelatedParams, contradictions
from lesion_pipeline.core.errors import ParamsError
from lesion_pipeline.core.params import PARAMS, Section, load_params, load_sections
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.gallery.params import PictureParams
from lesion_pipeline.inference.params import ExplainParams, PredictParams
from lesion_pipeline.leakage.params import AuditParams
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.scores.params import EvaluateParams, SummaryParams, ThresholdParams
from lesion_pipeline.sources.params import FetchParams
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.validation.params import ValidateParams
from lesion_pipeline.vocabulary import check_has_diagnoses

SECTIONS: Final[dict[str, type[Section]]] = {
    "fetch": FetchParams,
    "split": SplitParams,
    "preprocess": PreprocessParams,
    "model": ModelParams,
    "embed": EmbedParams,
    "audit": AuditParams,
    "train": TrainParams,
    "predict": PredictParams,
    "evaluate": EvaluateParams,
    "threshold": ThresholdParams,
    "summary": SummaryParams,
    "validate": ValidateParams,
    "explain": ExplainParams,
    "export": ExportParams,
    "figures": FigureParams,
    "pictures": PictureParams,
}


def check_target(malignant: tuple[str, ...], path: Path = PARAMS) -> None:
    """Check that the network is to predict what the collection tells.

    Args:
        malignant: the malignant labels of the collection.
        path: params.yaml.

    Raises:
        ParamsError: diagnoses are to be predicted, and the collection has none.
    """
    if load_params("train", TrainParams, path).target == "diagnosis":
        check_has_diagnoses(malignant)


def check_params(path: Path = PARAMS) -> None:
    """Check every section of params.yaml, and what sections state together.

    Args:
        path: the file, in the top folder of the repository.

    Raises:
        ParamsError: as `load_params`, for any section, or a section is unknown, or values don't go
            together or have no effect; all offenders of the file are named.
    """
    sections = load_sections(SECTIONS, path)
    related = RelatedParams(*(sections[name] for name in RelatedParams._fields))  # type: ignore[arg-type]
    problems = contradictions(related, path.parent)
    if problems:
        raise ParamsError("\n".join(f"{path}: {problem}" for problem in problems))

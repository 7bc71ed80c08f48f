"""Values of params.yaml that are valid, but don't go together or have no effect.

What a stage would find out only after hours is found here before the first one runs.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from lesion_pipeline.backbones.names import STAGES, WEIGHTS
from lesion_pipeline.bundle.params import ExportParams
from lesion_pipeline.features.params import VECTOR_FILES, EmbedParams, ids_beside
from lesion_pipeline.inference.params import PredictParams
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.sources.params import FetchParams, external_name
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.tables.params import OURS
from lesion_pipeline.training.params import TrainParams

OF_VECTORS: Final = ("keras", "tflite", "tflite_float16")  # formats whose input may be a vector


class RelatedParams(NamedTuple):
    """The sections that are compared with one another, or with files and packages."""

    fetch: FetchParams
    split: SplitParams
    model: ModelParams
    embed: EmbedParams
    train: TrainParams
    predict: PredictParams
    export: ExportParams


def contradictions(params: RelatedParams, root: Path = Path()) -> list[str]:
    """List what is wrong, each as `section.key: what is expected, what was received`.

    Args:
        params: valid sections.
        root: the repository, for files that are named relative to it.
    """
    return [problem for check in CHECKS for problem in check(params, root)]


def _unused_path(params: RelatedParams, root: Path) -> Iterator[str]:
    fetch = params.fetch
    if fetch.path and fetch.source != "local":
        yield (
            f"fetch.path: has no effect with fetch.source {fetch.source}, received "
            f"{fetch.path!r}; add -S fetch.source=local, or -S fetch.path=null"
        )


def _unused_names(params: RelatedParams, root: Path) -> Iterator[str]:
    """Name what describes a collection of the user's while the pipeline draws its own."""
    fetch = params.fetch
    if fetch.source != "sample":
        return
    ours = OURS.columns.model_dump()
    given = [(f"columns.{key}", name, ours[key]) for key, name in fetch.columns]
    for key, received, expected in [*given, ("diagnoses", fetch.diagnoses, None)]:
        if received != expected:
            yield (
                f"fetch.{key}: has no effect with fetch.source sample, received {received!r}; "
                f"add -S fetch.source=local, or -S fetch.{key}={expected or 'null'}"
            )


def _missing_tables(params: RelatedParams, root: Path) -> Iterator[str]:
    split = params.split
    named = (("file", split.file), ("same_lesion_pairs", split.same_lesion_pairs))
    for key, name in named:
        if name and not (root / name).is_file():
            yield f"split.{key}: expected a file, received {name!r}, which isn't there"


def _network(params: RelatedParams, root: Path) -> Iterator[str]:
    arch, cut = params.model.arch, params.embed.cut
    if arch not in STAGES:
        yield f"model.arch: expected one of {', '.join(STAGES)}, received {arch!r}"
    elif isinstance(cut, int) and cut > STAGES[arch]:
        yield (
            f"embed.cut: expected top, input or a stage of {arch}, 1 to {STAGES[arch]}, "
            f"received {cut}"
        )


def _components(params: RelatedParams, root: Path) -> Iterator[str]:
    embed = params.embed
    if embed.components is None:
        return
    for key, received in (("cut", embed.cut), ("vectors", embed.vectors)):
        if received not in ("top", None):
            yield (
                f"embed.components: has no effect with embed.{key} {received}, received "
                f"{embed.components}; add -S embed.components=null"
            )


def _missing_weights(params: RelatedParams, root: Path) -> Iterator[str]:
    weights = params.model.weights
    if weights not in WEIGHTS and not (root / weights).is_file():
        yield f"model.weights: expected {', '.join(WEIGHTS)} or a file, received {weights!r}"


def _missing_packages(params: RelatedParams, root: Path) -> Iterator[str]:
    if "onnx" in params.export.formats and not (find_spec("tf2onnx") and find_spec("onnxruntime")):
        yield (
            "export.formats: onnx needs packages that aren't installed: "
            "pip install -r requirements-onnx.txt"
        )


def _vectors(params: RelatedParams, root: Path) -> Iterator[str]:
    """Name what needs images where the network takes vectors that were made elsewhere."""
    name = params.embed.vectors
    if name is None:
        return
    yield from _missing_vectors(root / name, name)
    others = sorted(set(params.export.formats) - set(OF_VECTORS))
    for key, expected, received in (
        ("embed.cut", "top", params.embed.cut),
        ("train.fine_tune.epochs", 0, params.train.fine_tune.epochs),
        ("predict.tta", 1, params.predict.tta),
        ("fetch.external", [], [external_name(each) for each in params.fetch.external]),
    ):
        if received != expected:
            yield _needs_images(key, expected, received)
    if others:
        yield _needs_images("export.formats", f"some of {', '.join(OF_VECTORS)}", others)


def _needs_images(key: str, expected: Any, received: Any) -> str:
    return (
        f"{key}: with embed.vectors the network takes no images, so expected {expected}, "
        f"received {received}"
    )


def _missing_vectors(path: Path, name: str) -> Iterator[str]:
    if path.suffix not in VECTOR_FILES:
        yield f"embed.vectors: expected a file in {', '.join(VECTOR_FILES)}, received {name!r}"
        return
    for needed in (path, *([ids_beside(path)] if path.suffix == ".npy" else [])):
        if not needed.is_file():
            yield f"embed.vectors: expected a file, received {str(needed)!r}, which isn't there"


CHECKS: Final[tuple[Callable[[RelatedParams, Path], Iterator[str]], ...]] = (
    _unused_path,
    _unused_names,
    _missing_tables,
    _network,
    _components,
    _missing_weights,
    _missing_packages,
    _vectors,
)

"""Load a bundle, and serve it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.core.errors import BundleError, PipelineError
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.web.app import make_app
from lesion_pipeline.web.collection import ShownCollection
from lesion_pipeline.web.guard import LOCAL
from lesion_pipeline.web.limits import Limits
from lesion_pipeline.web.server import bind, serve
from lesion_pipeline.web.service import Service

EVERY: Final = frozenset({"0.0.0.0", "::", ""})  # addresses that are no names


@dataclass(frozen=True)
class Wanted:
    """What to serve, and where.

    Attributes:
        bundle: its folder.
        runtime: a format, or auto.
        host: address to listen on.
        port: 0: any.
        names: further host names by which the server may be called.
        similar: an index of similar images.
        pictures: a folder with pictures of them.
    """

    bundle: Path
    runtime: Any = "auto"
    host: str = "127.0.0.1"
    port: int = 8000
    names: frozenset[str] = frozenset()
    similar: Path | None = None
    pictures: Path | None = None


def run_server(wanted: Wanted, limits: Limits, started: Callable[[int], None]) -> None:
    """Serve until a signal ends it.

    Args:
        wanted: what and where.
        limits: of what is taken.
        started: called with the port when the bundle is loaded and the address is taken.

    Raises:
        BundleError: the bundle can't be loaded, or has no operating point to decide by.
        DataError: the index can't be used.
        PipelineError: the address can't be had.
    """
    if wanted.pictures and not wanted.pictures.is_dir():
        raise PipelineError(f"{wanted.pictures}: no such folder")
    listening = bind(wanted.host, wanted.port)
    service = load_service(wanted, limits)
    names = LOCAL | wanted.names | (frozenset({wanted.host.lower()}) - EVERY)
    app = make_app(service, program_version(), frozenset(name.lower() for name in names))
    listening.listen()  # whoever is told the address can connect at once
    started(listening.getsockname()[1])
    serve(app, listening, limits.seconds)


def load_service(wanted: Wanted, limits: Limits) -> Service:
    """Load the bundle and what belongs to it; raises as `run_server`."""
    classifier = load_bundle(wanted.bundle, wanted.runtime)
    if classifier.threshold is None or classifier.calibrator is None:
        raise BundleError(f"{wanted.bundle}: has no threshold or no calibrator")
    collection = None
    if wanted.similar:
        collection = ShownCollection.load(wanted.similar, wanted.bundle, wanted.pictures)
    return Service(classifier, read_manifest(wanted.bundle), limits, collection)


def program_version() -> str:
    """Return the version of this package."""
    try:
        return version("lesion-pipeline")
    except PackageNotFoundError:
        return "0, not installed"

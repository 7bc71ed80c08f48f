"""The whole application: routes, and what is around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from lesion_pipeline.web.admission import Admission
from lesion_pipeline.web.answers import DISCLAIMER, Health
from lesion_pipeline.web.api import own_routes, problems
from lesion_pipeline.web.counters import Counters
from lesion_pipeline.web.guard import LOCAL, Guard
from lesion_pipeline.web.open_inference import protocol_routes
from lesion_pipeline.web.request_error import RequestError
from lesion_pipeline.web.service import Service
from lesion_pipeline.web.site import page_routes


def make_app(service: Service, version: str, names: frozenset[str] = LOCAL) -> ASGIApp:
    """Return the application.

    Args:
        service: answers.
        version: of this program.
        names: host names and addresses by which this server may be called.
    """
    app = make_api(service, version)
    return Guard(app, names, app.state.counters)


def make_api(service: Service, version: str) -> FastAPI:
    """Return the application without its guard."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="lesion serve", version=version, description=DISCLAIMER, lifespan=lifespan,
        docs_url=None, redoc_url=None,  # they load scripts from elsewhere
    )  # fmt: skip
    app.state.counters = Counters()
    requests, slow = Admission(service.limits.requests), Admission(service.limits.explanations)
    app.include_router(own_routes(service, requests, slow))
    app.include_router(protocol_routes(service, requests, version))
    app.include_router(page_routes())
    _add_health(app, service, (requests, slow))
    _add_errors(app)
    return app


def _add_health(app: FastAPI, service: Service, places: tuple[Admission, Admission]) -> None:
    @app.get("/healthz", responses=problems())
    async def healthy() -> Health:
        """Tell that the server is there."""
        return Health()

    @app.get("/readyz", responses=problems())
    async def ready() -> Health:
        """Tell that it can answer: it starts to listen only then."""
        return Health()

    @app.get("/metrics", responses=problems(), response_class=Response)
    async def metrics() -> Response:
        """Return counts and times for Prometheus."""
        gauges = {
            "requests_under_way": places[0].under_way,
            "explanations_under_way": places[1].under_way,
            "batches_total": service.batcher.batches,
            "images_total": service.batcher.images,
        }
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return Response(app.state.counters.text(gauges), media_type=kind)


def _add_errors(app: FastAPI) -> None:
    """Answer all errors in one form: {"error": "a sentence"}."""

    @app.exception_handler(RequestError)
    async def refused(_: Request, error: RequestError) -> Response:
        return JSONResponse({"error": str(error)}, error.status, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        found = [f"{item['loc'][-1]}: {item['msg'].lower()}" for item in error.errors()]
        return JSONResponse({"error": "; ".join(found)}, 422)

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)

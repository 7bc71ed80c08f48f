"""The routes of the project's own API: an image is the body of a request, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from lesion_pipeline.bundle.manifest import BundleManifest
from lesion_pipeline.core.labels import is_malignant
from lesion_pipeline.serve.predict import Row
from lesion_pipeline.web.admission import Admission
from lesion_pipeline.web.answers import (
    GENERATED,
    ErrorAnswer,
    Prediction,
    ServiceFacts,
    SimilarImage,
    SimilarImages,
)
from lesion_pipeline.web.body import read_body
from lesion_pipeline.web.heat_map import over_picture, transparent
from lesion_pipeline.web.request_error import RequestError
from lesion_pipeline.web.service import Service

PICTURE: Final = "/v1/pictures/"
Prevalence = Annotated[float | None, Query(gt=0, lt=1, allow_inf_nan=False)]
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "the bytes of one JPEG or PNG file",
        "content": {
            kind: _BINARY for kind in ("image/jpeg", "image/png", "application/octet-stream")
        },
    }
}
PNG: Final[dict[str, Any]] = {"description": "the map", "content": {"image/png": _BINARY}}
JPEG: Final[dict[str, Any]] = {"description": "small", "content": {"image/jpeg": _BINARY}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of a route for OpenAPI."""
    every = (400, 403, 421, 500, *statuses)
    return {status: {"model": ErrorAnswer} for status in every}


TAKES_IMAGE: Final = problems(408, 413, 415, 422, 429, 503)


class OwnApi:
    """Answers under /v1; its methods are the routes, their docstrings the descriptions of these."""

    def __init__(self, service: Service, requests: Admission, slow: Admission) -> None:
        """Answer with `service`; `requests` are places for all, `slow` for heat maps."""
        self._service, self._requests, self._slow = service, requests, slow

    async def predict(self, request: Request, prevalence: Prevalence = None) -> Prediction:
        """Predict an image; with `prevalence`, also for where that fraction is malignant."""
        async with self._received(request, self._requests) as content:
            row = await self._service.predict(content, prevalence)
        return as_prediction(row, self._service)

    async def explain(
        self, request: Request, layer: Literal["overlay", "map"] = "overlay"
    ) -> Response:
        """Draw which places of an image raise the probability, by covering them one by one.

        `overlay` is the map over the grey picture, `map` the map alone, with transparency.
        The headers `Lesion-Probability` and `Lesion-Lowest` tell the probability of malignancy,
        and the lowest one with a place covered.
        """
        async with self._received(request, self._slow) as content:
            found = await self._service.explain(content)
            draw = over_picture if layer == "overlay" else transparent
            resize = self._service.classifier.image.resize
            drawn = await self._service.threaded(draw, found.shares, content, resize)
        headers = {
            "Lesion-Method": "occlusion",
            "Lesion-Probability": f"{found.probability:.6f}",
            "Lesion-Lowest": f"{found.lowest:.6f}",
        }
        return Response(drawn, media_type="image/png", headers=headers)

    async def similar(
        self, request: Request, count: Annotated[int, Query(ge=1, le=20)] = 6
    ) -> SimilarImages:
        """List the training images that the network finds most similar."""
        shown = self._service.collection
        if shown is None:
            raise RequestError(404, "this server has no index: see `lesion index` and --similar")
        async with self._received(request, self._requests) as content:
            square = await self._service.square(content)
            found = await self._service.threaded(shown.nearest, square, count)
        malignant = self._service.manifest.network.malignant
        labels = is_malignant([each.diagnosis for each in found], malignant)
        images = [
            SimilarImage(
                **asdict(each), malignant=bool(label),
                picture=PICTURE + each.image_id if each.image_id in shown.pictures else None,
            )
            for each, label in zip(found, labels, strict=True)
        ]  # fmt: skip
        return SimilarImages(images=images)

    async def picture(self, image_id: str) -> Response:
        """Return a small picture of an image of the index."""
        shown = self._service.collection
        drawn = await self._service.threaded(shown.thumbnail, image_id) if shown else None
        if drawn is None:
            raise RequestError(404, "there is no such picture")
        return Response(drawn, media_type="image/jpeg")

    async def model(self) -> BundleManifest:
        """Return the bundle's manifest: network, data, operating point, scores."""
        return self._service.manifest

    async def facts(self) -> ServiceFacts:
        """Return what this server can do and how much it takes."""
        service, limits = self._service, self._service.limits
        return ServiceFacts(
            max_bytes=limits.bytes, max_pixels=limits.pixels, max_requests=limits.requests,
            seconds=limits.seconds, similar=service.collection is not None,
            notice=GENERATED if service.classifier.generated else None,
        )  # fmt: skip

    @asynccontextmanager
    async def _received(self, request: Request, places: Admission) -> AsyncIterator[bytes]:
        """Take a place, read the body, and keep to the time."""
        limits = self._service.limits
        with places.place():
            content = await read_body(request, limits)
            async with in_time(limits.seconds):
                yield content


@asynccontextmanager
async def in_time(seconds: float) -> AsyncIterator[None]:
    """Refuse with 503 what takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        sentence = f"no result within {seconds:g} seconds"
        raise RequestError(503, sentence, {"Retry-After": "5"}) from None


def own_routes(service: Service, requests: Admission, slow: Admission) -> APIRouter:
    """Return the routes of `OwnApi`."""
    router, api = APIRouter(prefix="/v1"), OwnApi(service, requests, slow)
    taking = partial(router.post, openapi_extra=BODY)
    taking("/predict", responses=TAKES_IMAGE)(api.predict)
    drawing = {**TAKES_IMAGE, 200: PNG}
    taking("/explain", responses=drawing, response_class=Response)(api.explain)
    taking("/similar", responses=TAKES_IMAGE | problems(404))(api.similar)
    pictures = {**problems(404, 422), 200: JPEG}
    router.get("/pictures/{image_id}", responses=pictures, response_class=Response)(api.picture)
    router.get("/model", responses=problems())(api.model)
    router.get("/service", responses=problems())(api.facts)
    return router


def as_prediction(row: Row, service: Service) -> Prediction:
    """Return a row of `lesion predict` as an answer."""
    names = service.classifier.outputs
    several = len(names) > 1
    probabilities: Mapping[str, float] = {
        name: row[f"probability_{name}"] if several else row["probability_malignant"]
        for name in names
    }
    known = {key: value for key, value in row.items() if key in Prediction.model_fields}
    return Prediction(
        **known, probabilities=dict(probabilities), generated=service.classifier.generated
    )

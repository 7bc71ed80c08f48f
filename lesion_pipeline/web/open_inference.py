"""The Open Inference Protocol, version 2, over HTTP: for those who have clients for it.

One model, named as the bundle. Input `image`: either UINT8 pixels (images, size, size, 3), resized
as the bundle's manifest tells, or BYTES (images), each a JPEG or PNG file in base64. Outputs:
`probabilities` FP32 (images, outputs) and `probability_malignant` FP32 (images).
"""

import base64
import binascii
from typing import Any, Final

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from lesion_pipeline.core.digits import round_probabilities
from lesion_pipeline.core.labels import malignancy
from lesion_pipeline.web.admission import Admission
from lesion_pipeline.web.api import in_time, problems
from lesion_pipeline.web.body import read_body
from lesion_pipeline.web.request_error import RequestError
from lesion_pipeline.web.service import UNREADABLE, Service

VERSION: Final = "1"
MOST: Final = 8  # images in a request


class InputTensor(BaseModel):
    """An input: `image`."""

    name: str
    shape: list[int] = Field(min_length=1, max_length=4)
    datatype: str
    data: list[Any]


class InferRequest(BaseModel):
    """What is asked for; other keys of the protocol are allowed and have no effect."""

    id: str | None = None
    inputs: list[InputTensor] = Field(min_length=1, max_length=1)


class OutputTensor(BaseModel):
    """An output, row by row."""

    name: str
    shape: list[int]
    datatype: str = "FP32"
    data: list[float]


class InferAnswer(BaseModel):
    """The outputs."""

    model_name: str
    model_version: str = VERSION
    id: str | None = None
    outputs: list[OutputTensor]


class TensorFacts(BaseModel):
    """Name, type and shape of a tensor; -1 is any number."""

    name: str
    datatype: str
    shape: list[int]


class ModelFacts(BaseModel):
    """What the model takes and gives."""

    name: str
    versions: list[str] = [VERSION]
    platform: str
    inputs: list[TensorFacts]
    outputs: list[TensorFacts]


class ServerFacts(BaseModel):
    """Which server this is."""

    name: str = "lesion-pipeline"
    version: str
    extensions: list[str] = []


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": InferRequest.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )}},
    }
}  # fmt: skip


class OpenInference:
    """Answers by the protocol."""

    def __init__(self, service: Service, requests: Admission) -> None:
        """Answer with `service`; `requests` are the places."""
        self._service, self._requests = service, requests
        self.name = service.manifest.name

    def check(self, name: str) -> None:
        """Refuse another model's name."""
        if name != self.name:
            raise RequestError(404, f"the only model here is {self.name}")

    def facts(self) -> ModelFacts:
        """Describe the model."""
        size, outputs = self._service.classifier.image.size, self._service.classifier.outputs
        return ModelFacts(
            name=self.name, platform="lesion-pipeline",
            inputs=[TensorFacts(name="image", datatype="UINT8", shape=[-1, size, size, 3])],
            outputs=[
                TensorFacts(name="probabilities", datatype="FP32", shape=[-1, len(outputs)]),
                TensorFacts(name="probability_malignant", datatype="FP32", shape=[-1]),
            ],
        )  # fmt: skip

    async def infer(self, request: Request) -> InferAnswer:
        """Run the model."""
        limits = self._service.limits
        with self._requests.place():
            content = await read_body(request, limits)
            async with in_time(limits.seconds):
                asked = await self._service.threaded(_parsed, content)
                images = await self._images(asked.inputs[0])
                outputs = await self._service.outputs(images)
        return self._answer(asked, outputs)

    async def _images(self, tensor: InputTensor) -> NDArray[np.uint8]:
        if tensor.datatype == "BYTES":
            if len(tensor.data) > MOST or tensor.shape != [len(tensor.data)] or not tensor.data:
                raise RequestError(
                    UNREADABLE, f"expected 1 to {MOST} files and their number as shape"
                )
            files = [_file(each) for each in tensor.data]
            return np.concatenate([await self._service.square(file) for file in files])
        return await self._service.threaded(_pixels, tensor, self._service.classifier.image.size)

    def _answer(self, asked: InferRequest, outputs: NDArray[np.float32]) -> InferAnswer:
        values = round_probabilities(outputs)
        malignant = round_probabilities(malignancy(values, self._service.classifier.malignant))
        tensors = {"probabilities": values, "probability_malignant": malignant}
        return InferAnswer(
            model_name=self.name, id=asked.id,
            outputs=[
                OutputTensor(name=name, shape=list(each.shape), data=each.ravel().tolist())
                for name, each in tensors.items()
            ],
        )  # fmt: skip


def _parsed(content: bytes) -> InferRequest:
    try:
        return InferRequest.model_validate_json(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise RequestError(
            UNREADABLE,
            f"no request of the Open Inference Protocol; wrong: {where or 'JSON'}",
        ) from None


def _file(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise RequestError(UNREADABLE, "expected files in base64") from None


def _pixels(tensor: InputTensor, size: int) -> NDArray[np.uint8]:
    """Return pixels (images, size, size, 3) of nested or flat lists."""
    count = tensor.shape[0]
    if tensor.datatype != "UINT8" or tensor.shape[1:] != [size, size, 3] or not 1 <= count <= MOST:
        raise RequestError(
            UNREADABLE,
            f"expected UINT8 (1 to {MOST}, {size}, {size}, 3), or BYTES of files in base64",
        )
    try:
        values = np.asarray(tensor.data)
    except ValueError:
        values = np.empty(0)
    if values.dtype.kind not in "iu" or values.size != count * size * size * 3:
        raise RequestError(UNREADABLE, "expected as many whole numbers as the shape tells")
    if values.min() < 0 or values.max() > 255:
        raise RequestError(UNREADABLE, "expected numbers from 0 to 255")
    return values.reshape(count, size, size, 3).astype(np.uint8)


def protocol_routes(service: Service, requests: Admission, version: str) -> APIRouter:
    """Return the routes of the protocol."""
    router, protocol = APIRouter(prefix="/v2"), OpenInference(service, requests)

    @router.get("", responses=problems())
    async def server() -> ServerFacts:
        """Tell which server this is."""
        return ServerFacts(version=version)

    @router.get("/health/live", responses=problems())
    async def live() -> dict[str, bool]:
        """Tell that the server is there."""
        return {"live": True}

    @router.get("/health/ready", responses=problems())
    async def ready() -> dict[str, bool]:
        """Tell that it can answer."""
        return {"ready": True}

    @router.get("/models/{name}", responses=problems(404, 422))
    async def model(name: str) -> ModelFacts:
        """Tell what the model takes and gives."""
        protocol.check(name)
        return protocol.facts()

    @router.get("/models/{name}/ready", responses=problems(404, 422))
    async def model_ready(name: str) -> dict[str, Any]:
        """Tell that the model can answer."""
        protocol.check(name)
        return {"name": name, "ready": True}

    @router.post(
        "/models/{name}/infer",
        responses=problems(404, 408, 413, 415, 422, 429, 503), openapi_extra=_BODY,
    )  # fmt: skip
    async def infer(name: str, request: Request) -> InferAnswer:
        """Run the model on pixels or files."""
        protocol.check(name)
        return await protocol.infer(request)

    return router

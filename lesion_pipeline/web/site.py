"""The page: a few static files of this package, read once."""

from importlib.resources import files
from typing import Final, Literal

from fastapi import APIRouter, Response

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def page_files(part: Literal["static", "local"] = "static") -> dict[str, bytes]:
    """Return the files of the page by name, or those that it has without a server."""
    folder = files("lesion_pipeline.web") / part
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def page_routes() -> APIRouter:
    """Return a route for each file; the page itself is at /."""
    router = APIRouter(include_in_schema=False)
    for name, content in sorted(page_files().items()):
        path = "/" if name == "index.html" else f"/{name}"
        router.add_api_route(path, _serving(content, "." + name.rpartition(".")[2]))
    return router


def _serving(content: bytes, ending: str):  # type: ignore[no-untyped-def]
    async def serve() -> Response:
        headers = {"Cache-Control": "no-cache"}
        return Response(content, media_type=TYPES[ending], headers=headers)

    return serve

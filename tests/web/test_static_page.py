"""The page without a server: what it is made of, and in a browser the same bytes and numbers."""

import base64
import io
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from lesion_pipeline.core.errors import BundleError, PipelineError
from lesion_pipeline.images import Resize, read_image
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import predict_files
from lesion_pipeline.web.pictures import ORIENTATION
from lesion_pipeline.web.site import page_files
from lesion_pipeline.web.static_page import make_page
from tests.web.shown_files import photo
from tests.web.watched import Watched

pytestmark = pytest.mark.slow
SQUARE = """async ([content, size, resize]) => {
  const { decoded } = await import("./decode.js");
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  try {
    const { square } = await decoded(new Blob([bytes]), { size, resize });
    return btoa(String.fromCharCode(...square.pixels));
  } catch (error) {
    return "refused: " + error.message;
  }
}"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, as any static host does."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(
    lite0_formats: Path, runtime_archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    target = tmp_path_factory.mktemp("page") / "page"
    size = make_page(lite0_formats, target, runtime_archive)
    assert size == sum(file.stat().st_size for file in target.iterdir())
    return target


@pytest.fixture(scope="module")
def watched(folder: Path, browser: Browser) -> Iterator[Watched]:
    """The page, opened; it must not complain or ask elsewhere."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        watching = Watched(browser.new_page())
        watching.open(url)
        yield watching
        assert watching.complaints == []
        assert [each for each in watching.requests if not each.startswith(url)] == []
        server.shutdown()


def test_it_has_the_page_the_network_and_what_people_need_to_know(
    folder: Path, lite0_formats: Path
) -> None:
    assert (folder / "model.onnx").read_bytes() == (lite0_formats / "model.onnx").read_bytes()
    assert (folder / "bundle.json").read_bytes() == (lite0_formats / "bundle.json").read_bytes()
    assert (folder / "page.css").read_bytes() == page_files()["page.css"]
    assert (folder / "backend.js").read_bytes() == page_files("local")["backend.js"]
    assert 'http-equiv="Content-Security-Policy" content="default-src \'self\'; ' in (
        (folder / "index.html").read_text()
    )
    text = (folder / "README.md").read_text()
    assert text.startswith("---\ntitle: tiny\nsdk: static\n")
    assert "not for clinical use" in text and "generated pictures" in text
    size = sum(file.stat().st_size for file in folder.iterdir() if file.name != "README.md")
    assert f"which loads {size / 1e6:.0f} MB once" in text


def test_a_bundle_without_onnx_and_a_folder_with_other_things_are_refused(
    bundle_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match=r"has no network as ONNX: add onnx to export\.formats"):
        make_page(bundle_folder, tmp_path / "page")
    (tmp_path / "thesis.doc").touch()
    with pytest.raises(PipelineError, match="holds something else than a page"):
        make_page(bundle_folder, tmp_path)
    assert (tmp_path / "thesis.doc").exists()


def jpeg(size: tuple[int, int], subsampling: int, progressive: bool, orientation: int) -> bytes:
    """Return a picture with edges and gradients as a JPEG."""
    generator = np.random.default_rng(sum(size))
    small = generator.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    exif, file = Image.Exif(), io.BytesIO()
    exif[ORIENTATION] = orientation
    image.save(
        file, "JPEG", quality=88, subsampling=subsampling, progressive=progressive, exif=exif,
        restart_marker_blocks=7 if progressive else 0,
    )  # fmt: skip
    return file.getvalue()


def square(page: Page, content: bytes, size: int, resize: Resize = "squash") -> str | np.ndarray:
    text = page.evaluate(SQUARE, [base64.b64encode(content).decode(), size, resize])
    if text.startswith("refused: "):
        return str(text)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(size, size, 3)


@pytest.mark.parametrize("size", [(600, 450), (451, 603), (70, 100), (190, 140), (1030, 900)])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize(("progressive", "orientation"), [(False, 1), (True, 6), (False, 3)])
def test_the_browser_decodes_to_the_bytes_of_the_projects_decoder(
    watched: Watched, size: tuple[int, int], subsampling: int, progressive: bool, orientation: int
) -> None:
    content = jpeg(size, subsampling, progressive, orientation)
    found = square(watched.page, content, 64)
    assert np.array_equal(found, read_image(content, 64, "squash"))


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
@pytest.mark.parametrize("size", [(600, 450), (130, 301), (90, 120), (65, 64)])
def test_other_ways_to_a_square_and_png(
    watched: Watched, size: tuple[int, int], resize: Resize
) -> None:
    for content in (photo(1, "PNG", size), photo(2, "JPEG", size)):
        found = square(watched.page, content, 64, resize)
        assert np.array_equal(found, read_image(content, 64, resize))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7" + bytes(90), "expected a JPEG or PNG image"),
        (photo(0, "PNG", (40, 20)), "expected sides of at least 32 pixels, received 40 x 20"),
        (photo(0, "JPEG")[:600], "can't be decoded: the file is damaged"),
    ],
)
def test_what_the_decoder_refuses_is_refused(
    watched: Watched, content: bytes, sentence: str
) -> None:
    assert square(watched.page, content, 64) == f"refused: {sentence}"


def test_grey_and_transparent_pictures_are_refused(watched: Watched) -> None:
    for mode, form, sentence in (
        ("L", "JPEG", "expected an RGB image"),
        ("L", "PNG", "expected an RGB image"),
        ("RGBA", "PNG", "expected an opaque image, received transparent pixels"),
    ):
        file = io.BytesIO()
        Image.new(mode, (60, 60)).save(file, form)
        assert str(square(watched.page, file.getvalue(), 64)).startswith(f"refused: {sentence}")


def test_offline_the_numbers_are_nearly_those_of_lesion_predict(
    watched: Watched, lite0_formats: Path, pictures: Path
) -> None:
    files = sorted(pictures.iterdir())[:12]
    rows = list(predict_files(load_bundle(lite0_formats), files, 1, quiet=True))
    watched.page.context.set_offline(True)
    watched.give(*files)
    watched.page.get_by_text("12 of 12 pictures done").wait_for(timeout=60_000)
    text = watched.result()
    assert "For research and education only" in text and "No heat map" not in text
    answers = watched.page.evaluate(
        """async (contents) => {
          const { predict } = await import("./backend.js");
          return Promise.all(contents.map((content) => predict(new Blob([
            Uint8Array.from(atob(content), (each) => each.charCodeAt(0))]))));
        }""",
        [base64.b64encode(file.read_bytes()).decode() for file in files],
    )
    watched.page.context.set_offline(False)
    for answer, row in zip(answers, rows, strict=True):
        for key in ("probability_malignant", "probability_calibrated"):
            assert answer[key] == pytest.approx(row[key], abs=1e-4)
        for key in ("predicted_label", "predicted_class", "threshold"):
            assert answer[key] == row[key]

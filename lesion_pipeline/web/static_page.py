"""The same page without a server: a folder for any static host, with the network in the browser."""

import shutil
from pathlib import Path
from typing import Final

from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.manifest import MANIFEST, BundleManifest, read_manifest
from lesion_pipeline.core.errors import BundleError, PipelineError
from lesion_pipeline.core.files import whole_folder
from lesion_pipeline.web.answers import DISCLAIMER, GENERATED
from lesion_pipeline.web.site import page_files
from lesion_pipeline.web.wasm_runtime import LICENCE, PACKAGE, VERSION, runtime_files

# As the server's, and WebAssembly may be compiled; a static host sends no header of ours.
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'"
)
HEAD: Final = '<meta charset="utf-8">'


def make_page(bundle: Path, target: Path, runtime: Path | None = None) -> int:
    """Write the page, and return the bytes of its folder.

    Args:
        bundle: with a network as ONNX.
        target: the folder; what it held before is replaced.
        runtime: the runtime's package, see `runtime_files`.

    Raises:
        BundleError: the bundle has no network as ONNX.
        PipelineError: the runtime can't be had, or `target` holds something else.
    """
    _check_replaceable(target)
    manifest, network = read_manifest(bundle), FORMATS["onnx"].file
    if "onnx" not in manifest.formats or not (bundle / network).is_file():
        raise BundleError(
            f"{bundle} has no network as ONNX: add onnx to export.formats "
            "(pip install -r requirements-onnx.txt), and export it again"
        )
    content = page_files() | page_files("local") | runtime_files(runtime)
    content["index.html"] = _confined(content["index.html"])
    with whole_folder(target) as folder:
        for name, each in content.items():
            (folder / name).write_bytes(each)
        for name in (MANIFEST, network):
            shutil.copyfile(bundle / name, folder / name)
        size = sum(file.stat().st_size for file in folder.iterdir())
        readme = _readme(manifest, size).encode()
        (folder / "README.md").write_bytes(readme)
        return size + len(readme)


def _check_replaceable(target: Path) -> None:
    """Refuse a folder that would be lost."""
    if target.is_dir() and any(target.iterdir()) and not (target / "worker.js").is_file():
        raise PipelineError(f"{target} holds something else than a page: name another folder")


def _confined(page: bytes) -> bytes:
    meta = f'{HEAD}\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return page.replace(HEAD.encode(), meta.encode(), 1)


def _readme(manifest: BundleManifest, size: int) -> str:
    """Return what a model hub needs to show the folder, and what people need to know.

    Args:
        manifest: of the network.
        size: bytes of the other files.
    """
    data = manifest.data.attribution
    notice = f"{GENERATED}\n\n" if manifest.data.generated else ""
    return (
        f"---\ntitle: {manifest.name}\nsdk: static\npinned: false\n---\n\n"
        f"# {manifest.name}\n\n**{DISCLAIMER}**\n\n{notice}"
        "Pictures stay on the device: the network runs in the browser, which loads "
        f"{size / 1e6:.0f} MB once. EfficientNet-Lite0 takes 0.3 s for a picture in Chromium on "
        "two cores of an AMD EPYC.\n\n"
        f"Trained on {data.title} ({data.source}; licence {data.licence}). "
        f"The runtime is {PACKAGE} {VERSION} ({LICENCE}).\n"
    )

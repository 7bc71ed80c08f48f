"""Charts and pictures within the page, so that it needs no other file."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lesion_pipeline.charts.handed_on import CHART, PICTURE
from lesion_pipeline.reporting.prose import plain

_TYPES: Final = {CHART: "image/svg+xml", PICTURE: "image/jpeg"}


@dataclass(frozen=True)
class Shown:
    """A chart or picture.

    Attributes:
        name: of the stage and the figure, such as draw/roc.
        alt: what it shows, for those who can't see it.
        caption: what to look at.
        wide: whether it takes the whole width, not a column of 85 mm.
    """

    name: str
    alt: str
    caption: str
    wide: bool = False


def gallery(folder: Path, shown: tuple[Shown, ...]) -> str:
    """Return the figures that were drawn, side by side where there is room.

    Args:
        folder: with <stage>/<figure>.svg or .jpg, as charts.handed_on writes them. What isn't
            there is left out: some charts need more lesions than a collection has, and images of
            persons are drawn on request only.
        shown: in their order.
    """
    found = [_figure(folder, each) for each in shown]
    inner = "".join(figure for figure in found if figure)
    return f'<div class="gallery">\n{inner}</div>\n' if inner else ""


def drawn(folder: Path, name: str) -> Path | None:
    """Return the file of a figure; None if it wasn't drawn."""
    files = (folder / f"{name}{ending}" for ending in _TYPES)
    return next((file for file in files if file.is_file()), None)


def _figure(folder: Path, shown: Shown) -> str:
    file = drawn(folder, shown.name)
    if file is None:
        return ""
    content = b64encode(file.read_bytes()).decode("ascii")
    image = f'<img src="data:{_TYPES[file.suffix]};base64,{content}" alt="{plain(shown.alt)}">'
    kind = ' class="whole"' if shown.wide else ""
    return f"<figure{kind}>\n{image}\n<figcaption>{plain(shown.caption)}</figcaption>\n</figure>\n"

"""Which images of a collection are drawn, and where such pictures go.

What lies in plots/ is kept in git, where images of persons don't belong: HAM10000's are
CC BY-NC 4.0, and those of another collection may show patients. So only generated images are drawn
there. Others are drawn on request only, into a folder that git ignores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lesion_pipeline.charts.handed_on import EMPTY
from lesion_pipeline.charts.params import FigureParams
from lesion_pipeline.core.files import write_figures, write_text
from lesion_pipeline.gallery.params import PictureParams

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GENERATED: Final = "The images of this collection are generated; pictures of them are in plots/.\n"
_DRAWN: Final = (
    "These pictures show images of the collection, perhaps of patients. Git ignores this folder.\n"
    "Look at the terms of the images before you pass any on.\n"
)
_OFF: Final = (
    "Images of the collection are not drawn, as they may show patients. With\n"
    "pictures.real_images=true they are drawn into this folder, which git ignores.\n"
)


@dataclass(frozen=True)
class PictureRules:
    """The one place that decides whether images are drawn, and where to.

    Attributes:
        generated: whether a program drew the images of the collection.
        params: what the user asks for.
    """

    generated: bool
    params: PictureParams

    @property
    def drawn(self) -> bool:
        """Whether images of the collection are drawn at all."""
        return self.generated or self.params.real_images

    def folder(self, tracked: Path, ignored: Path) -> Path:
        """Return where pictures go: to `tracked` only those of generated images."""
        return tracked if self.generated else ignored

    def write(
        self, figures: Mapping[str, "Figure"], tracked: Path, ignored: Path, form: FigureParams
    ) -> None:
        """Write figures that show images to the folder where they belong; tell it in `ignored`."""
        write_figures(self.folder(tracked, ignored), figures, form.format, form.dpi)
        write_text(ignored / EMPTY, self.note())

    def title(self, text: str) -> str:
        """Return the title of a picture, which says so if its images are generated."""
        return f"{text}. Generated, without medical meaning" if self.generated else text

    def note(self) -> str:
        """Return what the file README.txt of the ignored folder tells."""
        if self.generated:
            return _GENERATED
        return _DRAWN if self.params.real_images else _OFF

"""Charts and pictures as the report embeds them, whatever format people ask for in plots/."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lesion_pipeline.core.files import FIGURE_STYLE, UNDATED, whole_folder, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Lines stay sharp at any size; images take a fifth of the bytes that a PNG needs.
CHART: Final = ".svg"
PICTURE: Final = ".jpg"
PICTURE_DPI: Final = 120
EMPTY: Final = "README.txt"  # so that the folder isn't empty, of which DVC warns
_QUALITY: Final[dict[str, Any]] = {"quality": 85}


def hand_on(folder: Path, figures: Mapping[str, "Figure"]) -> None:
    """Write each figure as <folder>/<name>.svg, or as .jpg if it shows images.

    The folder is made anew, also if there is nothing to write: a picture that was drawn before and
    may not be shown any more doesn't stay. Equal figures give equal bytes. Of nothing there is a
    README.txt.
    """
    from matplotlib import rc_context  # here: the report reads the files only

    with whole_folder(folder) as target:
        if not figures:
            write_text(target / EMPTY, "Nothing is drawn here for the report.\n")
        for name, figure in figures.items():
            if any(axes.images for axes in figure.axes):
                place = target / f"{name}{PICTURE}"
                figure.savefig(place, format="jpg", dpi=PICTURE_DPI, pil_kwargs=_QUALITY)
            else:
                with rc_context(FIGURE_STYLE):
                    figure.savefig(target / f"{name}{CHART}", metadata=UNDATED["svg"])

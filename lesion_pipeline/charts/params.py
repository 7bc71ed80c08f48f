"""Section `figures`: how pictures are written."""

from typing import Literal

from pydantic import Field

from lesion_pipeline.core.params import Section


class FigureParams(Section):
    """How the pictures in plots/ are written, by every stage that draws.

    Attributes:
        format: of the files.
        dpi: dots per inch of charts, in png; pictures of images have the pixels of the images.
    """

    format: Literal["png", "svg", "pdf"]
    dpi: int = Field(ge=50, le=1200)

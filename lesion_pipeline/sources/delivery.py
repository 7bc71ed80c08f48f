"""What the source of a collection brings to this machine, before it is unpacked and checked."""

from dataclasses import dataclass
from pathlib import Path

from lesion_pipeline.sources.collection import Attribution


@dataclass(frozen=True)
class Delivery:
    """Files of one collection.

    Attributes:
        sources: folders and zip files with images and, if none of them contains it, the table
            under a name that `local` knows.
        attribution: whose it is.
    """

    sources: tuple[Path, ...]
    attribution: Attribution

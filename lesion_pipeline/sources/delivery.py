"""What a source brings to this machine, before it is unpacked and checked."""

from dataclasses import dataclass
from pathlib import Path

from lesion_pipeline.sources.attribution import Attribution


@dataclass(frozen=True)
class Delivery:
    """Files of one collection.

    Attributes:
        sources: zip files with images and, if none of them holds it, the table in HAM10000's
            columns, under a name that `local` knows.
        attribution: whose it is.
    """

    sources: tuple[Path, ...]
    attribution: Attribution

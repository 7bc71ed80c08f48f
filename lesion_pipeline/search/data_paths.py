"""Where training reads, in a repository or in what a trial is given. Imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataPaths:
    """Folders of a repository, relative to it, that training reads.

    Attributes:
        records: of preprocess.
        backbone: of backbone.
        embeddings: of embed.
    """

    records: Path
    backbone: Path
    embeddings: Path

    def below(self, root: Path) -> "DataPaths":
        """Return the folders in a repository or a view."""
        return DataPaths(root / self.records, root / self.backbone, root / self.embeddings)

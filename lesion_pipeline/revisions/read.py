"""Read the results of a revision from the working tree, git, DVC's cache or a remote."""

import io
import json
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Final, Self

import pandas as pd
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.utils.flatten import flatten
from dvc_data.index import DataIndexError
from pydantic import ValidationError

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import LABEL, PROBABILITY
from lesion_pipeline.scores.params import ThresholdParams

PREDICTION_COLUMNS: Final = {
    "image_id": "str",
    "lesion_id": "str",
    LABEL: "int64",
    PROBABILITY: "float64",
}
WORKSPACE: Final = "workspace"  # DVC's name for the working tree
DIFF_COLUMNS: Final = ["name", "first", "second"]


class MissingFileError(DataError):
    """A file of a revision is nowhere.

    Attributes:
        revision: name of the revision.
    """

    def __init__(self, path: Path, revision: str) -> None:
        """Name the file and the revision."""
        super().__init__(
            f"{path} of revision {revision} is in neither git, DVC's cache nor a remote"
        )
        self.revision = revision


@dataclass(frozen=True)
class RevisionPaths:
    """The files of a revision that are compared, relative to the repository.

    Attributes:
        predictions: folder of val.csv and test.csv.
        threshold: JSON file of the operating point.
        summary: JSON file of the main figures.
        history: CSV file with one row per epoch of training.
        external: JSON file of the scores of other collections.
    """

    predictions: Path
    threshold: Path
    summary: Path
    history: Path
    external: Path


@dataclass(frozen=True)
class Revision:
    """A revision of the repository that contains the working directory.

    Attributes:
        name: as the user wrote it.
        commit: its full hash, or `workspace`.
    """

    name: str
    commit: str

    @classmethod
    def find(cls, name: str) -> Self:
        """Find a revision.

        Args:
            name: a commit, branch, tag, experiment or `workspace`.

        Raises:
            DataError: there is no such revision, or no repository.
        """
        try:
            with Repo() as repo, repo.switch(name) as commit:
                return cls(name, commit)
        except DvcException as error:
            raise DataError(
                f"{name}: expected a commit, branch, tag, experiment or workspace of a DVC "
                f"repository: {error}"
            ) from None

    def read(self, path: Path) -> bytes:
        """Read a file; `path` is relative to the repository.

        As always with DVC, the remotes are those of the revision's configuration and of this
        machine's (config.local).

        Raises:
            MissingFileError: it is in neither git, the cache nor a remote, or can't be fetched.
        """
        try:
            with Repo() as repo, repo.switch(self.commit):
                return bytes(repo.dvcfs.read_bytes(f"/{path.as_posix()}"))
        except (DvcException, DataIndexError, OSError):
            raise MissingFileError(path, self.name) from None

    def table(self, path: Path, **types: str) -> pd.DataFrame:
        """Read a CSV file; `types` gives the columns that it must have.

        Raises:
            DataError: see `read`; or it is not a table, or a column is missing or of another type.
        """
        try:
            table = pd.read_csv(io.BytesIO(self.read(path)), dtype=types)
        except ValueError as error:  # pandas' own errors are
            raise DataError(f"{path} of revision {self.name} is no such table: {error}") from None
        missing = [column for column in types if column not in table.columns]
        if missing:
            raise DataError(f"{path} of revision {self.name}: missing column {listed(missing)}")
        return table

    def predictions(self, path: Path) -> pd.DataFrame:
        """Read predictions: image_id, lesion_id, label, probability, and any other columns."""
        return self.table(path, **PREDICTION_COLUMNS)

    def operating_point(self, path: Path) -> tuple[float, ThresholdParams]:
        """Read the threshold of the operating point, 0 to 1, and the rule that chose it.

        Only these are read, so that revisions with another layout can be compared; without a known
        rule the threshold is taken for fixed.

        Raises:
            DataError: see `read`; or the file has no number named threshold.
        """
        try:
            content = json.loads(self.read(path))
            threshold = float(content["threshold"])
        except (ValueError, KeyError, TypeError):
            raise DataError(
                f"{path} of revision {self.name}: expected a JSON object with a number threshold"
            ) from None
        target = content.get("target")
        values = {
            "policy": content.get("policy", "fixed"),
            "target_sensitivity": target if isinstance(target, float | int) else 1.0,
            "cost": target if isinstance(target, dict) else {"miss": 1.0, "false_alarm": 1.0},
            "fixed": threshold,
            "report": [],
        }
        try:
            return threshold, ThresholdParams.model_validate(values)
        except ValidationError:
            return threshold, ThresholdParams.model_validate({**values, "policy": "fixed"})


def params_diff(first: Revision, second: Revision) -> pd.DataFrame:
    """List the parameters that differ, as `dvc params diff` does.

    Returns:
        One row per parameter, by name: name, first, second; None where a revision has none.
    """
    with Repo() as repo:
        found = repo.params.diff(a_rev=first.commit, b_rev=second.commit)
    rows = [
        (name, values.get("old"), values.get("new"))
        for parameters in found.get("diff", {}).values()
        for name, values in parameters.items()
    ]
    return pd.DataFrame(sorted(rows, key=itemgetter(0)), columns=DIFF_COLUMNS, dtype=object)


def metrics_diff(first: Revision, second: Revision, file: Path) -> pd.DataFrame:
    """List the numbers of a JSON file, as `dvc metrics diff --all` does, but in the file's order.

    Returns:
        One row per number: name, first, second; None where a revision lacks it, or the file.
    """
    one, two = (_numbers(revision, file) for revision in (first, second))
    rows = [(name, one.get(name), two.get(name)) for name in {**two, **one}]
    return pd.DataFrame(rows, columns=DIFF_COLUMNS, dtype=object)


def _numbers(revision: Revision, file: Path) -> dict[str, float]:
    try:
        content = json.loads(revision.read(file))
    except (DataError, ValueError):
        return {}
    found = flatten(content) if isinstance(content, dict) else {}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }

"""Where the members of an ensemble come from, and their bundles."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from dvc.utils.flatten import flatten
from numpy.typing import NDArray
from pydantic import ValidationError

from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.lineage import EnsembleMember
from lesion_pipeline.bundle.manifest import MANIFEST, BundleManifest
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.results import problems
from lesion_pipeline.revisions.read import WORKSPACE, Revision

PARAMS: Final = Path("params.yaml")
LOCK: Final = Path("dvc.lock")
# Sections that decide what a network predicts.
SECTIONS: Final = ("fetch", "split", "preprocess", "model", "embed", "train", "predict")


@dataclass(frozen=True)
class ExportedMember:
    """A member's bundle.

    Attributes:
        revision: whose it is.
        manifest: of the bundle.
        network: the bytes of its Keras file.
        params: of the sections SECTIONS, by key, as text.
        lock: sha256 of its dvc.lock.
    """

    revision: Revision
    manifest: BundleManifest
    network: bytes
    params: Mapping[str, str]
    lock: str

    @classmethod
    def read(cls, revision: Revision, bundle: Path) -> "ExportedMember":
        """Read a revision's bundle.

        Raises:
            DataError: the revision is the working tree, of which no commit tells; a file is
                missing; the network takes vectors, not images; or the manifest has another format.
        """
        if revision.commit == WORKSPACE:
            raise DataError(
                "the working tree can't be a member of an exported ensemble, because no commit "
                "tells what it was: commit it, or make it an experiment"
            )
        manifest = _manifest(revision, bundle)
        if manifest.network.vectors:
            raise DataError(
                f"{revision.name} takes vectors and no images, so the ensemble can be scored but "
                "not exported: leave out --output"
            )
        return cls(
            revision,
            manifest,
            revision.read(bundle / FORMATS["keras"].file),
            _params(revision.read(PARAMS)),
            hashlib.sha256(revision.read(LOCK)).hexdigest(),
        )


def lineage(
    members: Sequence[ExportedMember], weights: NDArray[np.float64]
) -> tuple[EnsembleMember, ...]:
    """Return each member with its weight, and with the parameters in which members differ."""
    keys = sorted({key for member in members for key in member.params})
    differ = [key for key in keys if len({member.params.get(key) for member in members}) > 1]
    return tuple(
        EnsembleMember(
            revision=member.revision.name,
            commit=member.revision.commit,
            weight=float(weight),
            arch=member.manifest.network.arch,
            tta=member.manifest.tta,
            params={key: member.params[key] for key in differ if key in member.params},
            lock=member.lock,
            network=hashlib.sha256(member.network).hexdigest(),
        )
        for member, weight in zip(members, weights, strict=True)
    )


def _manifest(revision: Revision, bundle: Path) -> BundleManifest:
    try:
        return BundleManifest.model_validate_json(revision.read(bundle / MANIFEST))
    except ValidationError as error:
        raise DataError(
            f"{bundle / MANIFEST} of revision {revision.name}: {problems(error)}"
        ) from None


def _params(content: bytes) -> dict[str, str]:
    tree: dict[str, Any] = yaml.safe_load(content)
    chosen = {section: tree[section] for section in SECTIONS if section in tree}
    return {key: str(value) for key, value in flatten(chosen).items()}

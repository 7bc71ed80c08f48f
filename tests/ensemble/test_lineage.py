"""What is read of a member's revision, by the real dvc."""

import hashlib
import json
from pathlib import Path

import pytest

from lesion_pipeline.bundle.manifest import MANIFEST, read_manifest
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.ensemble.lineage import ExportedMember
from lesion_pipeline.networks.manifest import VectorSource
from lesion_pipeline.revisions.read import Revision
from tests.commands import commit, run

pytestmark = pytest.mark.slow
BUNDLE = Path("bundle")
LOCK = "schema: '2.0'\n"
PARAMS = "fetch: {source: sample}\ntrain: {seed: 3, head: {units: [4]}}\nexport: {name: x}\n"


@pytest.fixture
def repository(bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose commit has a bundle, in git."""
    run(tmp_path, "git", "init", "-q", "-b", "main")
    run(tmp_path, "git", "config", "user.name", "test")
    run(tmp_path, "git", "config", "user.email", "test@example.org")
    run(tmp_path, "dvc", "init", "-q")
    (tmp_path / BUNDLE).mkdir()
    for name in (MANIFEST, "model.keras"):
        (tmp_path / BUNDLE / name).write_bytes((bundle_folder / name).read_bytes())
    (tmp_path / "dvc.lock").write_text(LOCK)
    (tmp_path / "params.yaml").write_text(PARAMS)
    commit(tmp_path, "a bundle")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_member_is_read_from_its_commit(repository: Path, bundle_folder: Path) -> None:
    (repository / BUNDLE / "model.keras").write_bytes(b"changed since")
    member = ExportedMember.read(Revision.find("main"), BUNDLE)
    assert member.network == (bundle_folder / "model.keras").read_bytes()
    assert member.manifest == read_manifest(bundle_folder)
    assert member.params == {
        "fetch.source": "sample", "train.seed": "3", "train.head.units": "[4]",
    }  # fmt: skip
    assert member.lock == hashlib.sha256(LOCK.encode()).hexdigest()


def test_the_working_tree_is_refused(repository: Path) -> None:
    with pytest.raises(DataError, match="no commit tells what it was: commit it"):
        ExportedMember.read(Revision.find("workspace"), BUNDLE)


def test_what_takes_vectors_or_has_another_manifest_is_refused(repository: Path) -> None:
    path = repository / BUNDLE / MANIFEST
    content = json.loads(path.read_text())
    vectors = VectorSource(file="made.npz", sha256="ab", dims=4).model_dump()
    content["network"]["vectors"] = vectors
    path.write_text(json.dumps(content))
    commit(repository, "vectors")
    with pytest.raises(DataError, match="main takes vectors and no images"):
        ExportedMember.read(Revision.find("main"), BUNDLE)
    del content["calibrator"]
    path.write_text(json.dumps(content))
    commit(repository, "older")
    wanted = r"bundle/bundle\.json of revision main: calibrator: Field required"
    with pytest.raises(DataError, match=wanted):
        ExportedMember.read(Revision.find("main"), BUNDLE)

"""A bundle made by a real pipeline, in a real repository."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from lesion_pipeline.bundle.manifest import CARD
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.serve.hub import pull, push
from lesion_pipeline.serve.provenance import PROVENANCE, provenance
from tests.commands import commit, run
from tests.serve.hub_server import REPO, Hub, client

pytestmark = pytest.mark.slow

PIPELINE = """
stages:
  export:
    cmd: python -c "import shutil; shutil.copytree('made', 'bundle')"
    deps: [made]
    outs: [bundle]
"""


@pytest.fixture
def made(bundle_folder: Path, tmp_path: Path) -> Path:
    """The bundle that the pipeline of a committed repository makes."""
    top = tmp_path / "repository"
    shutil.copytree(bundle_folder, top / "made")
    (top / "dvc.yaml").write_text(PIPELINE)
    run(top, "git", "init", "-q", "-b", "main")
    run(top, "git", "config", "user.name", "test")
    run(top, "git", "config", "user.email", "test@example.org")
    run(top, "dvc", "init", "-q")
    run(top, "dvc", "repro", "-q")
    commit(top, "made")
    return top / "bundle"


def test_commit_lock_and_hash_are_told(made: Path) -> None:
    found = provenance(made)
    assert found is not None
    assert found.git_revision == run(made.parent, "git", "rev-parse", "HEAD").strip()
    lock = (made.parent / "dvc.lock").read_bytes()
    assert found.dvc_lock_sha256 == hashlib.sha256(lock).hexdigest()
    assert re.search(rf"path: bundle\n\s+hash: md5\n\s+md5: {found.bundle_md5}\n", lock.decode())


def test_another_file_in_the_working_tree_is_no_matter(made: Path) -> None:
    before = provenance(made)
    (made.parent / "notes.txt").write_text("not yet committed")
    assert provenance(made) == before


def test_a_bundle_that_was_touched_is_not_what_the_lock_says(made: Path) -> None:
    card = made / CARD
    content = card.read_text()
    card.unlink()  # it may be a link into the cache
    card.write_text(content + "better than it is")
    with pytest.raises(BundleError, match=r"bundle isn't that of dvc\.lock: run `dvc repro`"):
        provenance(made)


def test_a_lock_that_is_not_committed_is_no_proof(made: Path) -> None:
    lock = made.parent / "dvc.lock"
    lock.write_text(lock.read_text() + "\n")
    with pytest.raises(BundleError, match=r"dvc\.lock isn't what the last commit has"):
        provenance(made)


def test_without_a_pipeline_there_is_nothing_to_tell(made: Path, bundle_folder: Path) -> None:
    assert provenance(bundle_folder) is None
    shutil.copytree(made, made.parent / "copy")
    assert provenance(made.parent / "copy") is None


def test_it_is_published_with_the_bundle_and_stays_with_it(
    made: Path,
    hub: Hub,
    tmp_path: Path,
) -> None:
    push(made, REPO, hub=client(hub))
    found = provenance(made)
    assert found is not None
    assert json.loads(hub.repos[REPO][PROVENANCE]) == found.model_dump()
    card = hub.repos[REPO]["README.md"].decode()
    assert card == (made / CARD).read_text() + found.text()
    pulled = pull(REPO, tmp_path / "pulled", hub=client(hub))
    push(pulled, "other/name", hub=client(hub))
    assert hub.repos["other/name"] == hub.repos[REPO]


@pytest.mark.parametrize("content", [b"{}", b"no JSON", b'{"git_revision": "HEAD"}'])
def test_nonsense_is_not_taken(
    content: bytes,
    made: Path,
    hub: Hub,
    tmp_path: Path,
) -> None:
    push(made, REPO, hub=client(hub))
    hub.repos[REPO][PROVENANCE] = content
    with pytest.raises(BundleError, match=r"provenance\.json can't be read"):
        pull(REPO, tmp_path / "pulled", hub=client(hub))
    assert not (tmp_path / "pulled").exists()

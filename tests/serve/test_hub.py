"""The real client of the hub against a hub on this machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.serve.hub import pull, push
from tests.code_deps import ROOT
from tests.serve.hub_server import REPO, TOKEN, Hub, client

pytestmark = pytest.mark.slow

NETWORKS = {"model.keras", "model.tflite"}
FILES = {"MODEL_CARD.md", "bundle.json", *NETWORKS}
REMOTE_FILES = {"README.md", "bundle.json", *NETWORKS}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def fill(hub: Hub, bundle: Path) -> dict[str, bytes]:
    names = {"MODEL_CARD.md": "README.md"}
    hub.repos[REPO] = {names.get(name, name): data for name, data in content(bundle).items()}
    return hub.repos[REPO]


def test_what_is_pushed_is_what_is_pulled(bundle_folder: Path, hub: Hub, tmp_path: Path) -> None:
    address = push(bundle_folder, REPO, private=True, hub=client(hub))
    assert address == f"{hub.url}/{REPO}/commit/{hub.sha(REPO)}"
    assert hub.private[REPO]
    assert set(hub.repos[REPO]) == REMOTE_FILES
    assert "PUT large" in hub.asked
    assert pull(REPO, tmp_path / "pulled", hub=client(hub)) == tmp_path / "pulled"
    assert content(tmp_path / "pulled") == content(bundle_folder)


def test_a_second_push_replaces_files(bundle_folder: Path, hub: Hub, tmp_path: Path) -> None:
    shutil.copytree(bundle_folder, tmp_path / "bundle")
    push(tmp_path / "bundle", REPO, hub=client(hub))
    older = {"model.onnx": b"a network", "provenance.json": b"{}", "notes.md": b"by hand"}
    hub.repos[REPO] |= older
    (tmp_path / "bundle" / "MODEL_CARD.md").write_text("# Another card\n")
    (tmp_path / "bundle" / "model.onnx").write_text("that the manifest does not list")
    (tmp_path / "bundle" / "private.txt").write_text("never to be published")
    push(tmp_path / "bundle", REPO, hub=client(hub))
    assert hub.repos[REPO]["README.md"] == b"# Another card\n"
    assert "private.txt" not in hub.repos[REPO]
    assert hub.repos[REPO]["notes.md"] == b"by hand"
    assert not {"model.onnx", "provenance.json"} & set(hub.repos[REPO])
    assert not hub.private[REPO]


def test_a_saved_model_stays_at_home(bundle_folder: Path, hub: Hub, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))
    manifest = json.loads((bundle / "bundle.json").read_text())
    formats = manifest["formats"]
    formats["saved_model"] = formats["keras"] | {"file": "saved_model"}
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    (bundle / "saved_model").mkdir()
    (bundle / "saved_model" / "saved_model.pb").write_bytes(b"a graph")
    push(bundle, REPO, hub=client(hub))
    assert set(hub.repos[REPO]) == REMOTE_FILES


def test_a_revision(bundle_folder: Path, hub: Hub, tmp_path: Path) -> None:
    fill(hub, bundle_folder)
    pull(REPO, tmp_path / "pulled", revision="main", hub=client(hub))
    pull(REPO, tmp_path / "pulled", revision=hub.sha(REPO), hub=client(hub))
    fetched = [line for line in hub.asked if "/resolve/" in line]
    assert fetched and all(f"/resolve/{hub.sha(REPO)}/" in line for line in fetched)
    with pytest.raises(BundleError, match=rf"^{REPO}: .*404"):
        pull(REPO, tmp_path / "other", revision="v9", hub=client(hub))
    assert [path.name for path in tmp_path.iterdir()] == ["pulled"]


def test_only_files_of_ours_are_asked_for_and_written(
    bundle_folder: Path, hub: Hub, tmp_path: Path
) -> None:
    files = fill(hub, bundle_folder)
    for name in ("../evil.keras", "/etc/evil", "model.pkl", "config.py", "sub/model.keras"):
        files[name] = b"evil"
    pull(REPO, tmp_path / "a" / "pulled", hub=client(hub))
    assert set(content(tmp_path / "a" / "pulled")) == FILES
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == FILES
    assert not [line for line in hub.asked if "evil" in line or "sub/" in line or "pkl" in line]


@pytest.mark.parametrize(
    ("name", "ours"),
    [("resnet50_best.h5", "model.h5"), ("b.hdf5", "model.h5"), ("net 1.keras", "model.keras")],
)
def test_a_bare_keras_file_gets_a_name_of_ours(
    name: str, ours: str, hub: Hub, tmp_path: Path
) -> None:
    hub.repos[REPO] = {"README.md": b"a card", ".gitattributes": b"", name: b"a network"}
    found = pull(REPO, tmp_path / "pulled", hub=client(hub))
    assert found == tmp_path / "pulled" / ours
    assert content(tmp_path / "pulled") == {ours: b"a network"}


@pytest.mark.parametrize(
    ("names", "received"),
    [
        (["README.md"], "none"),
        (["model.pkl", "pytorch_model.bin"], "none"),
        (["../x.h5", "a/b.h5"], "none"),
        (["a.h5", "b.keras"], "a.h5, b.keras"),
    ],
)
def test_a_repository_with_nothing_to_pull(
    names: list[str], received: str, hub: Hub, tmp_path: Path
) -> None:
    hub.repos[REPO] = dict.fromkeys(names, b"")
    with pytest.raises(BundleError) as caught:
        pull(REPO, tmp_path / "pulled", hub=client(hub))
    assert str(caught.value) == (
        f"{REPO}: expected a bundle (bundle.json) or one file (.h5, .hdf5, .keras), "
        f"received {received}"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_does_not_fit_leaves_the_older_one(
    bundle_folder: Path, hub: Hub, tmp_path: Path
) -> None:
    files = fill(hub, bundle_folder)
    pull(REPO, tmp_path / "pulled", hub=client(hub))
    before = content(tmp_path / "pulled")
    manifest = json.loads(files["bundle.json"])
    files["bundle.json"] = json.dumps(manifest | {"tta": 7}).encode()
    with pytest.raises(BundleError, match=r"bundle\.json: tta: "):
        pull(REPO, tmp_path / "pulled", hub=client(hub))
    assert content(tmp_path / "pulled") == before
    assert [path.name for path in tmp_path.iterdir()] == ["pulled"]


def test_a_bundle_whose_network_is_missing_is_refused(
    bundle_folder: Path, hub: Hub, tmp_path: Path
) -> None:
    files = fill(hub, bundle_folder)
    for name in NETWORKS:
        del files[name]
    with pytest.raises(BundleError, match=r"no network"):
        pull(REPO, tmp_path / "pulled", hub=client(hub))


def test_a_folder_with_other_things_is_left_alone(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match=r"holds something else than a bundle"):
        pull(REPO, tmp_path, hub=client(hub))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert hub.asked == []


def test_the_working_folder_and_a_link_are_left_alone(
    bundle_folder: Path, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(hub, bundle_folder)
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to("here")
    monkeypatch.chdir(tmp_path / "here")
    for target in (Path(), tmp_path / "link"):
        with pytest.raises(BundleError, match=r"name another --output"):
            pull(REPO, target, hub=client(hub))
    assert hub.asked == []


@pytest.mark.parametrize("repo", ["no/such", "a/b/c", "../up"])
def test_a_repository_that_is_none(repo: str, hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=rf"^{repo}: \S+"):
        pull(repo, tmp_path / "pulled", hub=client(hub))
    assert list(tmp_path.iterdir()) == []


def test_without_the_right_token_nothing_is_published(bundle_folder: Path, hub: Hub) -> None:
    with pytest.raises(BundleError, match=rf"^{REPO}: .*401"):
        push(bundle_folder, REPO, hub=client(hub, "hf_wrong"))
    assert hub.repos == {}


@pytest.mark.parametrize(
    ("missing", "message"),
    [(name, f"{name} not found") for name in ("bundle.json", "MODEL_CARD.md", "model.keras")],
)
def test_an_incomplete_bundle_is_not_published(
    missing: str, message: str, bundle_folder: Path, hub: Hub, tmp_path: Path
) -> None:
    shutil.copytree(bundle_folder, tmp_path / "bundle")
    (tmp_path / "bundle" / missing).unlink()
    with pytest.raises(BundleError, match=message):
        push(tmp_path / "bundle", REPO, hub=client(hub))
    assert hub.asked == []


def lesion(folder: Path, endpoint: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from lesion_pipeline.cli import main; raise SystemExit(main())"
    environment = os.environ | {
        "HF_ENDPOINT": endpoint, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=environment, text=True,
        capture_output=True,
    )  # fmt: skip


def test_the_command_pushes_and_pulls(bundle_folder: Path, hub: Hub, tmp_path: Path) -> None:
    pushed = lesion(tmp_path, hub.url, "push", REPO, "--bundle", str(bundle_folder))
    assert (pushed.returncode, pushed.stdout) == (0, f"{hub.url}/{REPO}/commit/{hub.sha(REPO)}\n")
    pulled = lesion(tmp_path, hub.url, "pull", REPO)
    assert pulled.returncode == 0
    assert pulled.stdout.endswith("Next: lesion predict --bundle lesions PATH...\n")
    assert content(tmp_path / "lesions") == content(bundle_folder)


def test_the_command_without_a_hub(tmp_path: Path) -> None:
    failed = lesion(tmp_path, "http://127.0.0.1:9", "pull", REPO)
    assert failed.returncode == 2
    assert failed.stderr.startswith(f"error: {REPO}: ") and failed.stderr.count("\n") == 1

"""A model hub on this machine, as far as pulling and pushing a model needs one.

It keeps repositories in memory and speaks the part of the hub's protocol that huggingface_hub
uses: information on a repository, files with commit and ETag, and a commit of files, small ones
in the commit itself and large ones (LARGE) by Git LFS beside it.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from huggingface_hub import HfApi

REPO = "someone/lesions"
TOKEN = "hf_of_a_test"
LARGE = (".keras", ".h5", ".tflite", ".onnx")


class Hub:
    """Repositories by name: their files, and commits by number."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.large: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.url = ""

    def sha(self, repo: str) -> str:
        content = sorted((n, hashlib.sha1(c).hexdigest()) for n, c in self.repos[repo].items())
        return hashlib.sha1(json.dumps(content).encode()).hexdigest()


def client(hub: Hub, token: str = TOKEN) -> HfApi:
    return HfApi(endpoint=hub.url, token=token)


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.get()

    def do_GET(self) -> None:
        self.get()

    def get(self) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        self.hub.asked.append(f"{self.command} {path}")
        if path.startswith("api/models/"):
            repo, _, revision = path.removeprefix("api/models/").partition("/revision/")
            if self.there(repo, revision):
                names = [{"rfilename": name} for name in self.hub.repos[repo]]
                self.reply({"id": repo, "sha": self.hub.sha(repo), "siblings": names})
            return
        repo, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        if self.there(repo, revision):
            if name not in self.hub.repos[repo]:
                self.refuse(404, "EntryNotFound")
            else:
                self.send(self.hub.repos[repo][name], self.hub.sha(repo))

    def there(self, repo: str, revision: str) -> bool:
        if repo not in self.hub.repos:
            self.refuse(404, "RepoNotFound")
        elif revision not in ("", "main", self.hub.sha(repo)):
            self.refuse(404, "RevisionNotFound")
        else:
            return True
        return False

    def do_POST(self) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        self.hub.asked.append(f"POST {path}")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if path == "api/validate-yaml":
            self.reply({"errors": [], "warnings": []})
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.refuse(401, "")
        elif path == "api/repos/create":
            self.create(json.loads(body))
        elif path.endswith("/info/lfs/objects/batch"):
            self.batch(json.loads(body))
        else:
            repo, action, _ = path.removeprefix("api/models/").rsplit("/", 2)
            if action == "preupload":
                self.preupload(json.loads(body))
            else:
                self.commit(repo, [json.loads(line) for line in body.splitlines()])

    def do_PUT(self) -> None:
        oid = self.path.rsplit("/", 1)[1]
        self.hub.asked.append("PUT large")
        self.hub.large[oid] = self.rfile.read(int(self.headers["Content-Length"]))
        self.reply({})

    def create(self, wanted: dict[str, object]) -> None:
        repo = f"{wanted['organization']}/{wanted['name']}"
        if repo in self.hub.repos:
            self.reply({"url": f"{self.hub.url}/{repo}"}, 409)
            return
        self.hub.repos[repo] = {}
        self.hub.private[repo] = wanted.get("visibility") == "private"
        self.reply({"url": f"{self.hub.url}/{repo}"})

    def preupload(self, wanted: dict[str, list[dict[str, str]]]) -> None:
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
            }
            for file in wanted["files"]
        ]
        self.reply({"files": files})

    def batch(self, wanted: dict[str, list[dict[str, object]]]) -> None:
        objects = [
            {
                "oid": item["oid"],
                "size": item["size"],
                "actions": {"upload": {"href": f"{self.hub.url}/large/{item['oid']}"}},
            }
            for item in wanted["objects"]
        ]
        self.reply({"transfer": "basic", "objects": objects})

    def commit(self, repo: str, lines: list[dict[str, dict[str, str]]]) -> None:
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "deletedFile":
                del self.hub.repos[repo][value["path"]]
                continue
            if line["key"] == "file":
                content = base64.b64decode(value["content"])
            else:
                content = self.hub.large[value["oid"]]
            self.hub.repos[repo][value["path"]] = content
        sha = self.hub.sha(repo)
        self.reply({"commitUrl": f"{self.hub.url}/{repo}/commit/{sha}", "commitOid": sha})

    def send(self, content: bytes, sha: str) -> None:
        self.send_response(200)
        self.send_header("X-Repo-Commit", sha)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def reply(self, content: dict[str, object], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def serve() -> Iterator[Hub]:
    """Run a hub in this process; `url` is what HF_ENDPOINT has to be."""
    hub = Hub()
    handler = type("HandlerOfThisHub", (Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()

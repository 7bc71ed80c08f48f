"""A small collection, and the servers of its publishers as far as their clients can tell."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from lesion_pipeline.sources.dataverse import DOI
from lesion_pipeline.sources.params import FetchParams, SampleParams
from lesion_pipeline.tables.params import OURS
from tests.sources.server import Handler, Storage

DATASET = "/api/datasets/:persistentId/versions/4.0"
KAGGLE_STORAGE = "/kaggle-storage/archive.zip"
DX_TYPE = "histopathology"
SAMPLE = SampleParams(lesions=28, jpeg_quality=80, seed=1)


@dataclass(frozen=True)
class Files:
    """A table as HAM10000 has it, and the images' bytes by file name."""

    table: pd.DataFrame
    images: Mapping[str, bytes]

    def csv(self) -> bytes:
        return self.table.to_csv(index=False, lineterminator="\r\n").encode()

    def zipped(self, folder: str, part: slice = slice(None), **more: bytes) -> bytes:
        names = sorted(self.images)[part]
        return zipped({f"{folder}/{name}": self.images[name] for name in names} | more)

    def renamed(self, prefix: str) -> "Files":
        """The same with other identifiers."""
        table = self.table.assign(
            image_id=prefix + self.table["image_id"], lesion_id=prefix + self.table["lesion_id"]
        )
        return replace(self, table=table, images={prefix + k: v for k, v in self.images.items()})


def zipped(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def make_collection(
    folder: Path, table: pd.DataFrame, write_noise: Callable[[Path, int], None]
) -> Files:
    images = {}
    for seed, image_id in enumerate(table["image_id"]):
        write_noise(folder / f"{image_id}.jpg", seed)
        images[f"{image_id}.jpg"] = (folder / f"{image_id}.jpg").read_bytes()
    return Files(table, images)


def serve_dataverse(storage: Storage, collection: Files, external: Files) -> None:
    """List the files as Dataverse does: tables are converted, their MD5 is the deposit's."""
    half = len(collection.images) // 2
    lost = b'HAMTEST_9,ISIC_0035068,nv,,,,,""\n'
    deposited = {
        "HAM10000_images_part_1.zip": collection.zipped("", slice(half)),
        "HAM10000_images_part_2.zip": collection.zipped("", slice(half, None)),
        "HAM10000_metadata.tab": replace(
            collection, table=collection.table.assign(dataset="rosendahl")
        ).csv(),
        "HAM10000_segmentations_lesion_tschandl.zip": zipped({"mask.png": b"not needed"}),
        "ISIC2018_Task3_Test_Images.zip": external.zipped("ISIC2018_Task3_Test_Images"),
        "ISIC2018_Task3_Test_GroundTruth.tab": external.csv() + lost,
    }
    listed = []
    for number, (name, content) in enumerate(deposited.items(), start=3172582):
        storage.redirects[f"/api/access/datafile/{number}"] = f"/s3/{name}?X-Amz-Signature=secret"
        storage.files[f"/s3/{name}"] = content
        listed.append(
            {"label": name, "restricted": False, "dataFile": _file(number, name, content)}
        )
        if name.endswith(".tab"):
            storage.routes[f"/api/access/datafile/{number}"] = _converted(name)
    answer = {
        "status": "OK",
        "data": {
            "datasetPersistentId": f"doi:{DOI}",
            "versionNumber": 4,
            "versionMinorNumber": 0,
            "versionState": "RELEASED",
            "releaseTime": "2023-02-07T12:55:18Z",
            "license": {"name": "CC BY-NC 4.0"},
            "files": listed,
        },
    }
    storage.files[DATASET] = json.dumps(answer).encode()


def _file(number: int, name: str, content: bytes) -> dict[str, Any]:
    md5 = hashlib.md5(content).hexdigest()
    facts = {
        "id": number,
        "filename": name,
        "filesize": len(content),
        "md5": md5,
        "checksum": {"type": "MD5", "value": md5},
    }
    if name.endswith(".tab"):
        facts |= {"originalFileFormat": "text/csv", "filesize": len(content) + 7}
    return facts


def _converted(name: str) -> Callable[[Handler], None]:
    """Give the deposit only to those who ask for it."""

    def answer(handler: Handler) -> None:
        if handler.path.endswith("?format=original"):
            handler.reply(303, Location=f"/s3/{name}?X-Amz-Signature=secret")
        else:
            handler.reply(200, b"lesion_id\timage_id\n")

    return answer


def serve_isic(storage: Storage, collection: Files) -> None:
    """Serve the three files of the challenge's bucket."""
    folder = "ISIC2018_Task3_Training"
    table = collection.table
    truth = pd.DataFrame({"image": table["image_id"]})
    for dx in ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc"):
        truth[dx.upper()] = (table["dx"] == dx).astype(float)
    lesions = pd.DataFrame(
        {
            "image": table["image_id"],
            "lesion_id": table["lesion_id"],
            "diagnosis_confirm_type": DX_TYPE,
        }
    ).sort_values("lesion_id", ascending=False)
    licence = {f"{folder}_GroundTruth/LICENSE.txt": b"CC-BY-NC"}
    storage.files |= {
        f"/2018/{folder}_Input.zip": collection.zipped(
            f"{folder}_Input", **{f"{folder}_Input/LICENSE.txt": b"CC-BY-NC"}
        ),
        f"/2018/{folder}_GroundTruth.zip": zipped(
            {f"{folder}_GroundTruth/{folder}_GroundTruth.csv": _csv(truth)} | licence
        ),
        f"/2018/{folder}_LesionGroupings.csv": _csv(lesions),
    }


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def serve_kaggle(storage: Storage, collection: Files) -> None:
    """Answer the calls that Kaggle's client makes, and redirect to a storage."""
    half = len(collection.images) // 2
    parts = {"HAM10000_images_part_1": slice(half), "HAM10000_images_part_2": slice(half, None)}
    members = {
        f"{folder}/{name}": collection.images[name]
        for part, names in parts.items()
        for folder in (part, part.lower())  # Kaggle has each image twice
        for name in sorted(collection.images)[names]
    }
    members |= {"HAM10000_metadata.csv": collection.csv(), "hmnist_28_28_RGB.csv": b"pixel0000\n"}
    storage.files[KAGGLE_STORAGE] = zipped(members)
    storage.routes |= {
        "/v1/security.OAuthService/IntrospectToken": _introspect,
        "/v1/datasets.DatasetApiService/GetDataset": _get_dataset,
        "/v1/datasets.DatasetApiService/DownloadDataset": _download_dataset,
    }


def _json(handler: Handler, answer: object) -> None:
    handler.reply(200, json.dumps(answer).encode(), Content_Type="application/json")


def _introspect(handler: Handler) -> None:
    active = json.loads(handler.body)["token"] == "good"
    _json(handler, {"active": active, "username": "someone" if active else ""})


def _get_dataset(handler: Handler) -> None:
    if not _known(handler):
        return
    asked = json.loads(handler.body)
    versions = [
        {"versionNumber": 2, "creationDate": "2018-09-20T20:36:24.617Z"},
        {"versionNumber": 1, "creationDate": "2018-06-06T10:00:00Z"},
    ]
    _json(
        handler,
        {
            "ref": f"{asked['ownerSlug']}/{asked['datasetSlug']}",
            "licenseName": "CC BY-NC-SA 4.0",
            "currentVersionNumber": 2,
            "versions": versions,
        },
    )


def _download_dataset(handler: Handler) -> None:
    if _known(handler):
        assert json.loads(handler.body)["datasetVersionNumber"] == 2
        handler.reply(302, Location=f"{KAGGLE_STORAGE}?X-Goog-Signature=secret")


def _known(handler: Handler) -> bool:
    """Take the token "good" and the key of "someone" ("c29tZW9uZTprZXk=" is someone:key)."""
    known = handler.headers["Authorization"] in ("Bearer good", "Basic c29tZW9uZTprZXk=")
    if not known:
        handler.reply(401, b'{"code": 401, "message": "Unauthorized"}')
    return known


def fetch_params(source: str, url: str | None = None, **changes: Any) -> FetchParams:
    """Return the section `fetch` with a source, the address of its server and other changes."""
    values = {
        "source": source,
        "path": None,
        "table": None,
        "name": None,
        "licence": None,
        "citation": None,
        "external": (),
        "malignant": ["akiec", "bcc", "mel"],
        "sample": SAMPLE.model_dump(),
        **OURS.model_dump(),
        "limit_lesions": None,
        "seed": 1,
        "dataverse": {"version": "4.0", "url": url},
        "isic": {"url": url},
    }
    return FetchParams.model_validate(values | changes)

"""HAM10000 from Kaggle, by its own client: an account is needed.

The client knows the credentials and where the storage has the file; the file itself is brought by
`download`, like any other. Kaggle gives it as one zip file of about 5.6 GB, because the images are
in it twice; its small pictures as CSV (`hmnist_*`) are never unpacked.
"""

import base64
import contextlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import requests

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.sources.attribution import HAM10000_CITATION, HAM10000_LICENCE, Attribution
from lesion_pipeline.sources.delivery import Delivery
from lesion_pipeline.sources.download import Facts, Patience, Remote, download, verified

OWNER: Final = "kmader"
DATASET: Final = "skin-cancer-mnist-ham10000"
VERSION: Final = 2
ARCHIVE: Final = f"{DATASET}.zip"
_TRIES: Final = 5
_HELP: Final = (
    "Kaggle needs an account. Make a token at https://www.kaggle.com/settings/api and give it in "
    "the environment variable KAGGLE_API_TOKEN or the file ~/.kaggle/access_token; or an older key "
    "in KAGGLE_USERNAME and KAGGLE_KEY or in ~/.kaggle/kaggle.json. The same images come without "
    "an account by fetch.source=dataverse"
)


def kaggle(downloads: Path, patience: Patience | None = None) -> Delivery:
    """Bring the data set's zip file, with images and table, to a folder of `downloads`.

    Once it is there, neither network nor credentials are asked for.

    Raises:
        DataError: there are no credentials or Kaggle refuses them (says how to get some), or what
            download raises.
    """
    folder = downloads / f"kaggle-{VERSION}"
    described = folder / "dataset.json"
    facts = verified(folder / ARCHIVE) if described.is_file() else None
    if facts is None:
        dataset, remote = _ask()
        write_json(described, dataset)
        facts = download(remote, folder, patience)
    return Delivery((folder / ARCHIVE,), _attribution(read_json(described), facts))


def _ask() -> tuple[dict[str, Any], Remote]:
    """Ask Kaggle for the facts of the data set, and where its storage has the zip file."""
    api = _api()
    from kagglesdk.datasets.types.dataset_api_service import (
        ApiDownloadDatasetRequest,
        ApiGetDatasetRequest,
    )

    wanted, facts = ApiDownloadDatasetRequest(), ApiGetDatasetRequest()
    wanted.owner_slug = facts.owner_slug = OWNER
    wanted.dataset_slug = facts.dataset_slug = DATASET
    wanted.dataset_version_number = VERSION
    with _plain_errors(), api.build_kaggle_client() as client:
        service = client.datasets.dataset_api_client
        dataset = api.with_retry(_retriable(service.get_dataset), _TRIES)(facts)
        with api.with_retry(_retriable(service.download_dataset), _TRIES)(wanted) as storage:
            remote = Remote(ARCHIVE, storage.url, _md5(storage.headers))
    return {"licence": dataset.license_name, "date": _date(dataset)}, remote


def _api() -> Any:
    """Give Kaggle's client with its credentials; it prints and exits where there are none."""
    with contextlib.redirect_stdout(io.StringIO()), _plain_errors():
        from kaggle.api.kaggle_api_extended import KaggleApi

        api = KaggleApi()
        try:
            api.with_retry(api.authenticate, _TRIES)()
        except SystemExit:
            raise DataError(f"there are no valid credentials for Kaggle. {_HELP}") from None
    return api


def _retriable(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let a busy server pass for a failed connection: the client asks again after that only."""

    def ask(request: Any) -> Any:
        try:
            return call(request)
        except requests.HTTPError as error:
            if error.response is None or error.response.status_code < 500:
                raise
            raise requests.ConnectionError(error, response=error.response) from None

    return ask


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except requests.RequestException as error:
        status = None if error.response is None else error.response.status_code
        if status in (401, 403):
            raise DataError(f"Kaggle refuses the credentials ({status}). {_HELP}") from None
        why = f"answers {status}" if status else f"can't be reached ({type(error).__name__})"
        raise DataError(f"Kaggle {why}; the same command goes on from here") from None


def _md5(headers: Mapping[str, str]) -> str | None:
    """Read the MD5 that Google's storage tells of a file, in base 64."""
    found = re.search(r"\bmd5=([A-Za-z0-9+/]{22}==)", headers.get("x-goog-hash", ""))
    return base64.b64decode(found[1]).hex() if found else None


def _date(dataset: Any) -> str | None:
    """Give the day on which the version was published."""
    days = [v.creation_date for v in dataset.versions if v.version_number == VERSION]
    return days[0].date().isoformat() if days and days[0] else None


def _attribution(dataset: Mapping[str, Any], file: Facts) -> Attribution:
    return Attribution(
        title="HAM10000, as published on Kaggle",
        source=f"https://www.kaggle.com/datasets/{OWNER}/{DATASET}",
        licence=f"{dataset['licence'] or 'not stated'}, as Kaggle has it; {HAM10000_LICENCE} in "
        "the original publication",
        citation=HAM10000_CITATION,
        version=str(VERSION),
        date=dataset["date"],
        files=(file,),
    )

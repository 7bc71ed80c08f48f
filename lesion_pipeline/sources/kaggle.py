"""HAM10000 from Kaggle, by its own client: an account is needed.

The client knows the credentials and the address in the storage; the file itself is brought by
`download`, like any other. Kaggle provides one zip file of about 5.6 GB, because it contains the
images twice; its small pictures as CSV (`hmnist_*`) are never unpacked.
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
from lesion_pipeline.core.results import Result
from lesion_pipeline.sources.collection import (
    HAM10000_CITATION,
    HAM10000_LICENCE,
    Attribution,
    SourceFile,
)
from lesion_pipeline.sources.delivery import Delivery
from lesion_pipeline.sources.download import download, verified
from lesion_pipeline.sources.transfer import Remote, RetryPolicy

OWNER: Final = "kmader"
DATASET: Final = "skin-cancer-mnist-ham10000"
VERSION: Final = 2
ARCHIVE: Final = f"{DATASET}.zip"
_TRIES: Final = 5
_HELP: Final = (
    "Kaggle needs an account. Make a token at https://www.kaggle.com/settings/api and put it into "
    "the environment variable KAGGLE_API_TOKEN or the file ~/.kaggle/access_token; or an older key "
    "into KAGGLE_USERNAME and KAGGLE_KEY or ~/.kaggle/kaggle.json. The same images are available "
    "without an account by fetch.source=dataverse"
)


class _Description(Result):
    """What is kept of Kaggle's description of the data set: its licence and date, if stated."""

    licence: str | None
    date: str | None


def kaggle(downloads: Path, retry: RetryPolicy | None = None) -> Delivery:
    """Bring the data set's zip file, with images and table, to a folder of `downloads`.

    Once it is there, neither network nor credentials are needed.

    Raises:
        DataError: there are no credentials or Kaggle refuses them (tells how to get some), or as
            `download`.
    """
    folder = downloads / f"kaggle-{VERSION}"
    file = folder / "dataset.json"
    archive = verified(folder / ARCHIVE) if file.is_file() else None
    if archive is None:
        description, remote = _request()
        description.write(file)
        archive = download(remote, folder, retry)
    return Delivery((folder / ARCHIVE,), _attribution(_Description.read(file), archive))


def _request() -> tuple[_Description, Remote]:
    """Request the description of the data set, and the zip file's address in the storage."""
    api = _api()
    from kagglesdk.datasets.types.dataset_api_service import (
        ApiDownloadDatasetRequest,
        ApiGetDatasetRequest,
    )

    wanted, described = ApiDownloadDatasetRequest(), ApiGetDatasetRequest()
    wanted.owner_slug = described.owner_slug = OWNER
    wanted.dataset_slug = described.dataset_slug = DATASET
    wanted.dataset_version_number = VERSION
    with _plain_errors(), api.build_kaggle_client() as client:
        service = client.datasets.dataset_api_client
        dataset = api.with_retry(_retriable(service.get_dataset), _TRIES)(described)
        with api.with_retry(_retriable(service.download_dataset), _TRIES)(wanted) as storage:
            remote = Remote(ARCHIVE, storage.url, _md5(storage.headers))
    return _Description(licence=dataset.license_name, date=_date(dataset)), remote


def _api() -> Any:
    """Return Kaggle's client with its credentials; it would print and exit if there are none."""
    with contextlib.redirect_stdout(io.StringIO()), _plain_errors():
        from kaggle.api.kaggle_api_extended import KaggleApi

        api = KaggleApi()
        try:
            api.with_retry(api.authenticate, _TRIES)()
        except SystemExit:
            raise DataError(f"there are no valid credentials for Kaggle. {_HELP}") from None
    return api


def _retriable(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Report a busy server as a failed connection: only after that the client tries again."""

    def request_once(request: Any) -> Any:
        try:
            return call(request)
        except requests.HTTPError as error:
            if error.response is None or error.response.status_code < 500:
                raise
            raise requests.ConnectionError(error, response=error.response) from None

    return request_once


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except requests.RequestException as error:
        status = None if error.response is None else error.response.status_code
        if status in (401, 403):
            raise DataError(f"Kaggle refuses the credentials ({status}). {_HELP}") from None
        reason = f"answers {status}" if status else f"can't be reached ({type(error).__name__})"
        raise DataError(f"Kaggle {reason}; the same command resumes from here") from None


def _md5(headers: Mapping[str, str]) -> str | None:
    """Read the MD5, in base 64, from the headers of Google's storage; None if there is none."""
    found = re.search(r"\bmd5=([A-Za-z0-9+/]{22}==)", headers.get("x-goog-hash", ""))
    return base64.b64decode(found[1]).hex() if found else None


def _date(dataset: Any) -> str | None:
    """Return the day on which the version was published, None if it isn't stated."""
    days = [v.creation_date for v in dataset.versions if v.version_number == VERSION]
    return days[0].date().isoformat() if days and days[0] else None


def _attribution(description: _Description, file: SourceFile) -> Attribution:
    return Attribution(
        title="HAM10000, as published on Kaggle",
        source=f"https://www.kaggle.com/datasets/{OWNER}/{DATASET}",
        licence=f"{description.licence or 'not stated'}, as Kaggle states; {HAM10000_LICENCE} in "
        "the original publication",
        citation=HAM10000_CITATION,
        version=str(VERSION),
        date=description.date,
        files=(file,),
    )

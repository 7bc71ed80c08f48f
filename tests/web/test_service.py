import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import predict_files
from lesion_pipeline.web.request_error import RequestError
from lesion_pipeline.web.service import Service
from tests.web.shown_files import bomb, photo


def test_the_rows_are_those_of_lesion_predict(
    service: Service, bundle_of_diagnoses: Path, pictures: Path
) -> None:
    files = sorted(pictures.iterdir())[:8]
    classifier = load_bundle(bundle_of_diagnoses, prevalence=0.02)
    expected = list(predict_files(classifier, files, 1, quiet=True))

    async def all_at_once() -> list[dict[str, object]]:
        work = [service.predict(file.read_bytes(), 0.02) for file in files]
        return await asyncio.gather(*work)

    for row, wanted in zip(asyncio.run(all_at_once()), expected, strict=True):
        assert row == {key: wanted[key] for key in row}
        assert set(wanted) - set(row) == {"image", "error"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"none", "can't be decoded"), (bomb(), "expected at most 40,000,000 pixels")],
)
def test_what_cannot_be_decoded_is_refused(service: Service, content: bytes, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence) as refusal:
        asyncio.run(service.predict(content))
    assert refusal.value.status == 422


def test_the_map_is_of_this_network(service: Service) -> None:
    content = photo(2)
    found = asyncio.run(service.explain(content))
    row = asyncio.run(service.predict(content))
    assert found.shares.shape == (64, 64) and found.shares.min() >= 0
    assert found.probability == pytest.approx(row["probability_malignant"], abs=1e-6)
    assert found.lowest <= found.probability


def test_a_network_that_gives_no_probability_is_refused(service: Service) -> None:
    def broken(images: np.ndarray) -> np.ndarray:
        return np.full((len(images), 7), np.nan, np.float32)

    service.batcher.close()
    failing = Service(replace(service.classifier, run=broken), service.manifest, service.limits)
    with pytest.raises(RequestError, match="the network gives no probability"):
        asyncio.run(failing.predict(photo()))
    failing.close()

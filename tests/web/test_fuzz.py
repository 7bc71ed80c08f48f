"""What nobody should send: no status of 500 and above, and no memory that grows."""

import re

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.served import Served
from tests.web.shown_files import hostile, photo

HOSTILE = 300
GROWTH = 60e6  # bytes: what the allocator keeps of bodies and squares


@pytest.mark.slow
def test_hostile_bodies_get_a_sentence(served: Served) -> None:
    with requests.Session() as session:
        for number in range(3):
            for body in hostile(HOSTILE // 3, seed=1):
                answer = session.post(f"{served.url}/v1/predict", body, timeout=60)
                assert answer.status_code in (200, 422), answer.text
                if answer.status_code == 422:
                    assert 5 < len(answer.json()["error"]) < 200
            if number == 0:
                before = memory(served)
    assert memory(served) - before < GROWTH
    assert served.post("/v1/predict", photo()).status_code == 200


def memory(served: Served) -> float:
    found = re.search(r"^lesion_resident_memory_bytes (.+)$", served.get("/metrics").text, re.M)
    assert found
    return float(found[1])


@pytest.mark.slow
def test_the_api_keeps_to_its_own_description(served: Served) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=15, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def keeps(case: schemathesis.Case) -> None:
            answer = case.call(timeout=60)
            checks = (
                schemathesis.checks.not_a_server_error, status_code_conformance,
                content_type_conformance, response_schema_conformance,
            )  # fmt: skip
            case.validate_response(answer, checks=checks)

        given(operation.as_strategy())(keeps)()


def test_hostile_bodies_are_what_they_are_called() -> None:
    bodies = list(hostile(60))
    assert len(set(bodies)) == 60 and bodies == list(hostile(60))

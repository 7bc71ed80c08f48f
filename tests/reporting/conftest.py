import pytest

from lesion_pipeline.reporting.facts import ReportFacts
from tests.browser import browser
from tests.reporting.known import make_facts

__all__ = ["browser"]


@pytest.fixture(scope="package")
def facts(tmp_path_factory: pytest.TempPathFactory) -> ReportFacts:
    return make_facts(tmp_path_factory.mktemp("figures"))

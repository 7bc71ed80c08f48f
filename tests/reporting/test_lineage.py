from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.lineage import limits, lineage, parameters
from lesion_pipeline.reporting.prose import prose


def test_versions_kernels_and_hashes(facts: ReportFacts) -> None:
    settings, hashes, _ = map(str, lineage(facts).blocks)
    assert "| kernels | portable: the same bytes" in settings
    assert "| keras | 1.2.3 |" in settings
    assert "| `data/model` | `0123abcd.dir` |" in hashes


def test_parameters_as_they_are(facts: ReportFacts) -> None:
    shown = "".join(prose(str(block), "x") for block in parameters(facts).blocks)
    assert "fetch:\n  source: sample  # &lt;generated&gt;\n</pre>" in shown


def test_limits_of_use_and_of_intervals(facts: ReportFacts) -> None:
    uses, known = map(str, limits(facts).blocks)
    assert "Not for diagnosis, triage or advice of any kind" in uses
    assert "the choice of the best of many networks" in known

"""The report: all that is known about a network, in one HTML file that can be sent and printed."""

from lesion_pipeline.reporting.collection import audit, cohort, data, flow
from lesion_pipeline.reporting.decisions import elsewhere, mistakes, operating_point, subgroups
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.lineage import limits, lineage, parameters
from lesion_pipeline.reporting.lists import checklists
from lesion_pipeline.reporting.looks import explanations
from lesion_pipeline.reporting.network import training
from lesion_pipeline.reporting.overview import opening
from lesion_pipeline.reporting.page import page
from lesion_pipeline.reporting.scores import calibration, figures


def report(facts: ReportFacts) -> str:
    """Return the report as HTML: equal facts give equal text.

    It needs no other file and no network, and runs no script. Val comes before test everywhere.

    Args:
        facts: what the stages before found.
    """
    chapters = [
        chapter(facts)
        for chapter in (
            data, flow, cohort, audit, training, figures, calibration, operating_point, subgroups,
            mistakes, explanations, elsewhere, limits, lineage, parameters,
        )
    ]  # fmt: skip
    *before, traced, values = chapters
    ordered = [*before, *checklists(chapters), traced, values]
    return page(opening(facts.manifest), ordered, facts.pictures)

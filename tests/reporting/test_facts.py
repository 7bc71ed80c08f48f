from lesion_pipeline.reporting.facts import ReportFacts


def test_scores_and_threshold_are_those_of_the_bundle(facts: ReportFacts) -> None:
    assert facts.evaluation is facts.manifest.evaluation
    assert facts.point is facts.manifest.operating_point

from lesion_pipeline.web.counters import Counters


def test_counts_by_route_and_status_with_times() -> None:
    counters = Counters()
    counters.add("/v1/predict", 200, 0.03)
    counters.add("/v1/predict", 200, 0.3)
    counters.add("/v1/predict", 422, 99)
    counters.add(None, 404, 0.001)
    lines = counters.text({"requests_under_way": 3, "images_total": 7}).splitlines()
    assert 'lesion_requests_total{route="/v1/predict",status="200"} 2' in lines
    assert 'lesion_requests_total{route="other",status="404"} 1' in lines
    assert 'lesion_request_seconds_bucket{route="/v1/predict",le="0.025"} 0' in lines
    assert 'lesion_request_seconds_bucket{route="/v1/predict",le="0.05"} 1' in lines
    assert 'lesion_request_seconds_bucket{route="/v1/predict",le="30.0"} 2' in lines
    assert 'lesion_request_seconds_bucket{route="/v1/predict",le="+Inf"} 3' in lines
    assert 'lesion_request_seconds_count{route="/v1/predict"} 3' in lines
    assert 'lesion_request_seconds_sum{route="/v1/predict"} 99.33' in lines
    assert "# TYPE lesion_images_total counter" in lines and "lesion_images_total 7" in lines
    assert "# TYPE lesion_requests_under_way gauge" in lines

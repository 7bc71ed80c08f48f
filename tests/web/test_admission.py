import pytest

from lesion_pipeline.web.admission import Admission
from lesion_pipeline.web.request_error import RequestError


def test_who_finds_no_place_is_told_when_to_come_back() -> None:
    places = Admission(2)
    with places.place(), places.place():
        with pytest.raises(RequestError) as refusal, places.place():
            pass
        assert (refusal.value.status, refusal.value.headers) == (429, {"Retry-After": "1"})
        assert str(refusal.value) == "2 requests are under way already: try again in a moment"
    with places.place():
        assert places.under_way == 1


def test_a_place_is_given_back_after_an_error() -> None:
    places = Admission(1)
    with pytest.raises(ZeroDivisionError), places.place():
        raise ZeroDivisionError
    assert places.under_way == 0

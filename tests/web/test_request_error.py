from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.web.request_error import RequestError


def test_it_has_a_status_a_sentence_and_headers_of_its_own() -> None:
    error, plain = RequestError(413, "too long", {"Connection": "close"}), RequestError(404, "no")
    assert (error.status, str(error), error.headers) == (413, "too long", {"Connection": "close"})
    assert plain.headers == {}
    assert isinstance(error, PipelineError)

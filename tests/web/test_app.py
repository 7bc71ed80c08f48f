from tests.web.served import Served
from tests.web.shown_files import photo


def test_health_and_metrics(served: Served) -> None:
    assert served.get("/healthz").json() == served.get("/readyz").json() == {"status": "ok"}
    served.post("/v1/predict", photo())
    served.get("/some/secret/path")
    text = served.get("/metrics").text
    assert 'lesion_requests_total{route="/v1/predict",status="200"}' in text
    assert "lesion_requests_under_way 0\n" in text
    assert "secret" not in text


def test_the_page_and_its_files_are_there_and_nothing_else(served: Served) -> None:
    page = served.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert served.get("/main.js").headers["content-type"] == "text/javascript; charset=utf-8"
    for other in ("/index.html", "/docs", "/redoc", "/..%2fapp.py", "/static/main.js"):
        assert served.get(other).status_code == 404


def test_the_api_describes_itself(served: Served) -> None:
    described = served.get("/openapi.json").json()
    assert set(described["paths"]["/v1/predict"]["post"]["requestBody"]["content"]) == {
        "image/jpeg", "image/png", "application/octet-stream"
    }  # fmt: skip
    for path, methods in described["paths"].items():
        for method in methods.values():
            assert method["summary"] and method["description"], path
            for status, answer in method["responses"].items():
                if status >= "400":
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}

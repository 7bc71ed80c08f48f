# The page and the API with the bundle of data/export, on the light runtime, without TensorFlow:
#
#     docker build -t lesion-serve . && docker run --rm -p 127.0.0.1:8000:8000 lesion-serve
#
# Then http://localhost:8000/. For research and education only, not for clinical use.
FROM python:3.11-slim AS build
COPY pyproject.toml README.md LICENSE /source/
COPY lesion_pipeline /source/lesion_pipeline
RUN python -m venv --without-pip /venv \
 && python -m pip --python /venv/bin/python install --no-cache-dir "/source[serve]"

FROM python:3.11-slim
COPY --from=build /venv /venv
COPY data/export /bundle
# It writes nothing, so it needs no rights: `docker run --read-only` works.
USER 65534:65534
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
HEALTHCHECK --interval=30s --start-period=20s CMD ["/venv/bin/python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
ENTRYPOINT ["/venv/bin/lesion", "serve", "--bundle", "/bundle", "--host", "0.0.0.0"]
